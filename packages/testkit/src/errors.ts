import { AppError } from '@latchkey/kernel';

/** What the testkit itself can refuse or miss; a failing rule is the spec's own error. */
export class TestkitError extends AppError<
  | 'testkit.not_eventually'
  | 'testkit.server_unavailable'
  | 'testkit.server_not_ours'
  | 'testkit.database_not_ready'
  | 'testkit.setting_invalid'
  | 'testkit.engine_unreachable'
> {}
