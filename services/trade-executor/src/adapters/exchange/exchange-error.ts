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
  /** USDM knows no listenKey of the account (any more). */
  | 'exchange.listen_key_unknown'
  /** A private stream could not be opened now; orders are looked up. */
  | 'exchange.stream_unavailable'
> {}
