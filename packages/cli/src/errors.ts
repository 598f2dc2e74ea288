import { AppError } from '@latchkey/kernel';

export type CliErrorCode =
  | 'cli.request_refused'
  | 'cli.gateway_away'
  | 'cli.not_reached'
  | 'cli.answer_not_believed'
  | 'cli.bad_option'
  | 'cli.source_unreadable'
  | 'cli.import_stopped'
  | 'cli.checks_failed'
  | 'cli.demo_failed'
  | 'cli.secrets_not_written';

/** What a command could not do, and what to do about it. The process ends with code 1. */
export class CliError extends AppError<CliErrorCode> {}
