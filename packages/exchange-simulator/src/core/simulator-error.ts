import { AppError } from '@latchkey/kernel';

/** What the control API refuses, and what a wrong set-up of the process looks like. */
export type SimulatorErrorCode =
  | 'invalid_request'
  | 'not_found'
  | 'not_supported'
  | 'account_exists'
  | 'account_not_found'
  | 'market_not_found'
  | 'invalid_configuration'
  | 'internal_error';

export class SimulatorError extends AppError<SimulatorErrorCode> {}
