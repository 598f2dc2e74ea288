import { AppError } from '@latchkey/kernel';

export type LocalStackErrorCode =
  | 'stack.already_starting'
  | 'stack.not_running'
  | 'stack.port_in_use'
  | 'stack.part_refused'
  | 'stack.part_not_ready'
  | 'stack.setting_invalid'
  | 'stack.file_invalid';

/** Why the stack is not up, and what to do about it. */
export class LocalStackError extends AppError<LocalStackErrorCode> {}
