import { isAppError, messageOf } from '@latchkey/kernel';
import { EventStoreError } from '../errors.js';

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
};

// 08: connection; 57P0x: shutdown, crash, start-up; 53300: too many connections; 25P03: cut while idle in a transaction.
const away = /^(?:08.{3}|57P0[1-5]|53300|25P03|ECONN\w+|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
const conflict = /^40(?:001|P01)$/;
// node-postgres has no codes for what it finds out itself.
const awayMessage =
  /connection terminated|not queryable|client was closed|timeout exceeded when trying to connect|query read timeout/i;

/** What Postgres or its driver threw, with a stable code where somebody can react to it; anything else unchanged. */
export const asDatabaseError = (error: unknown, during: 'begin' | 'work' | 'commit'): unknown => {
  if (isAppError(error)) return error;
  const code = codeOf(error);
  if (conflict.test(code)) {
    return new EventStoreError(
      'event_store.transaction_conflict',
      'two transactions stood in each other’s way; this one was rolled back, run it again',
      { sqlState: code },
      { cause: error },
    );
  }
  if (away.test(code) || awayMessage.test(messageOf(error))) {
    const outcome =
      during === 'commit'
        ? 'it is not known whether the work was stored; read before you repeat it'
        : 'nothing was stored; try again';
    return new EventStoreError('event_store.database_unavailable', `Postgres is away: ${outcome}`, { during }, { cause: error });
  }
  return error;
};

/** True for failures that say nothing about the work itself and pass by themselves. */
export const isTransient = (error: unknown): boolean =>
  isAppError(error, 'event_store.database_unavailable') || isAppError(error, 'event_store.transaction_conflict');
