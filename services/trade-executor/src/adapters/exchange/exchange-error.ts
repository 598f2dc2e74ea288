import { AppError } from '@latchkey/kernel';

export class ExchangeError extends AppError<
  /** A signed request was made outside `runCall`: it has no account. */
  | 'exchange.no_call'
  /** It must not leave: whoever signs said no, or the attempt's window or its signature has passed. */
  | 'exchange.withheld'
  /** The venue answered something else than its documentation says. */
  | 'exchange.answer_unreadable'
  /** ccxt built a request that does not carry the placeholder, so the signature has no place. */
  | 'exchange.no_placeholder'
> {}
