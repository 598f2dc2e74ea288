import { isAppError } from '@latchkey/kernel';
import { checkBroker, type CheckBrokerOptions } from './check-broker.js';

/**
 * Runs {@link checkBroker} beside the service, which serves meanwhile what needs no broker. Wrong settings would lose events quietly, so they
 * end the process: the rejection is left unhandled on purpose, and the process says why.
 *
 * @returns ends the waiting
 */
export const watchBroker = (options: Omit<CheckBrokerOptions, 'signal'>): (() => void) => {
  const ending = new AbortController();
  void checkBroker({ ...options, signal: ending.signal }).catch((error: unknown) => {
    if (ending.signal.aborted || isAppError(error, 'broker.closed')) return;
    throw error;
  });
  return () => ending.abort();
};
