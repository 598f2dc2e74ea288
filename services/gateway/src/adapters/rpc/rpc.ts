import { ownerOf, type RpcSubject, type ServiceName } from '@latchkey/contracts';
import { isTraceparent, type Traceparent } from '@latchkey/kernel';
import { RpcError, type RpcClient } from '@latchkey/messaging';
import { refusal } from '../../app/errors.js';
import { errorCatalogue } from '../../error-catalogue.js';
import type { Rpc } from '../../app/ports.js';

const stillWorks: Readonly<Record<ServiceName, string>> = {
  gateway: '',
  'key-vault': 'alerts are taken and kept, strategies work',
  'trade-executor': 'alerts are taken and kept, and traded when it is back',
  audit: 'everything else works, and nothing is lost from the record',
};

const traceparentOf = (request: unknown): Traceparent | undefined => {
  const context = (request as { readonly context?: { readonly traceparent?: unknown } } | null)?.context;
  return isTraceparent(context?.traceparent) ? context.traceparent : undefined;
};

/** A call that had no answer, in words for the user: which part is away and what works without it. An owner's refusal stays its own. */
const explain = (subject: RpcSubject, error: unknown): unknown => {
  if (!(error instanceof RpcError)) return error;
  const part = ownerOf(subject);
  if (error.refused) return errorCatalogue[error.code] ? error : refusal('rpc.refused', { part, reason: error.code });
  switch (error.code) {
    case 'rpc.unavailable':
    case 'rpc.overloaded':
      return refusal('rpc.unavailable', { part }, `${part} is away or too busy; ${stillWorks[part]}. Try again in a moment`);
    case 'rpc.timeout':
      return refusal(
        'rpc.timeout',
        { part },
        `${part} did not answer in time; look at the current state before you try again. Meanwhile ${stillWorks[part]}`,
      );
    default:
      return refusal('rpc.bad_reply', { part, reason: error.code });
  }
};

export const createRpc = (client: Pick<RpcClient, 'call'>): Rpc => ({
  call: async (subject, request) => {
    try {
      return await client.call(subject, request, { traceparent: traceparentOf(request) });
    } catch (error) {
      throw explain(subject, error);
    }
  },
});
