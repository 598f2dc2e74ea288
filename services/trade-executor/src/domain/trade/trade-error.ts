import { AppError } from '@latchkey/kernel';

/** A command that can never follow from the trade's history: a defect of the caller, not of the venue. */
export class TradeError extends AppError<
  | 'trade.not_requested'
  | 'trade.attempt_open'
  | 'trade.attempt_unknown'
  | 'trade.attempt_out_of_order'
  | 'trade.absence_unproven'
  | 'trade.fill_before_submit'
> {}
