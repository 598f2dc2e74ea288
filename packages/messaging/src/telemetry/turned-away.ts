import type { RpcSubject } from '@latchkey/contracts';
import { meter } from '@latchkey/tracing';

/** Counts requests whose sender was not believed, by subject and code: both are closed lists, and nothing of the request is looked at. */
export const turnedAwayCounter = (): ((subject: RpcSubject, code: string) => void) => {
  const counter = meter().createCounter('latchkey.rpc.turned_away', {
    description: 'Requests that were refused before their sender was known',
    unit: '{request}',
  });
  return (subject, code) => counter.add(1, { 'latchkey.rpc.subject': subject, 'latchkey.rpc.refusal': code });
};
