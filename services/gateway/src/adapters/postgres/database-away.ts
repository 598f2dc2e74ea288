// PostgreSQL, appendix A: class 08 connection exceptions, 57 operator intervention (shutdown, statement timeout), 53 no resources, 55P03 lock timeout.
const awayStates = /^(?:08|57|53)...$|^55P03$/;
const awaySockets = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'];
// pg throws these as plain errors without a code.
const awayMessages = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error',
];

// Of event-store's transactions; each says that the work was not kept, or that nobody knows.
const awayCodes = [
  'event_store.database_unavailable',
  'event_store.transaction_conflict',
  'event_store.timeout',
  'kernel.deadline_exceeded',
];

const looksAway = (error: Error): boolean => {
  const code = 'code' in error ? String(error.code) : '';
  return (
    awayCodes.includes(code) ||
    awayStates.test(code) ||
    awaySockets.includes(code) ||
    awayMessages.some((message) => error.message.startsWith(message))
  );
};

/** True when Postgres could not be reached or gave up, as against a statement that is wrong. Looks through causes. */
export const isDatabaseAway = (error: unknown): boolean => {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (looksAway(at)) return true;
  }
  return false;
};
