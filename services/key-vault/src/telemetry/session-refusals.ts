import { meter } from '@latchkey/tracing';

/** Why something that claimed to be of a session was not taken. */
export type SessionRefusal = 'unknown_session' | 'over' | 'malformed' | 'cannot_open' | 'counter_used' | 'offer';

/** Counts them, by these kinds alone: there is no record of what nobody is known to have sent. */
export const sessionRefusals = (): ((kind: SessionRefusal) => void) => {
  const refusals = meter().createCounter('latchkey.sessions.refusals', {
    description: 'Offers and frames of sessions that were not taken',
    unit: '{message}',
  });
  return (kind) => refusals.add(1, { 'latchkey.session.refusal': kind });
};
