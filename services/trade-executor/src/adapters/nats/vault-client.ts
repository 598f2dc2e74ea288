import type { SignedReplyItem, SignItem } from '@latchkey/contracts';
import { groupCommit, isAppError, messageOf, newId, traceIdOf, type Clock, type Traceparent } from '@latchkey/kernel';
import { outsideOfTraces } from '@latchkey/tracing';
import { RpcError, type RpcClient } from '@latchkey/messaging';
import type { Signed, KeyVault } from '../../app/ports/vault.js';
import type { VaultSessions } from './vault-sessions.js';
import { executorActor } from '../../app/executor-actor.js';

/**
 * Refusals that pass. Of halts and lists we know first, and deny such trades ourselves: where the vault alone speaks of one it is behind, and
 * will hear of its end.
 */
const anotherAttemptHelps: ReadonlySet<string> = new Set([
  'vault.timestamp_out_of_window',
  'vault.conflict',
  'vault.rate_limited',
  'vault.frozen',
  'vault.trading_halted',
  'vault.symbol_not_allowed',
]);

const refusal = (code: string, message: string): Signed => {
  // Of its Postgres, or of anything else that is no judgement of the string.
  if (!code.startsWith('vault.')) return { outcome: 'away', code, message };
  if (code === 'vault.attempt_already_signed') return { outcome: 'signed_before', code, message };
  return { outcome: anotherAttemptHelps.has(code) ? 'again' : 'refused', code, message };
};

const signedOf = (item: SignedReplyItem, signedAt: number): Signed =>
  item.ok ? { outcome: 'signed', apiKey: item.apiKey, signature: item.signature, signedAt } : refusal(item.code, item.message);

/**
 * Whatever has no answer in the session: the vault, its Postgres or the way to it does not work. It says nothing about the string, whatever
 * code it has, since a refusal outside the session may be anybody's.
 */
const failed = (error: unknown): Signed => ({
  outcome: 'away',
  code: isAppError(error) ? error.code : 'internal',
  message: messageOf(error),
});

/** The record of a batch belongs to a trace only when all of its items do. */
const sharedTrace = ([first, ...others]: readonly SignItem[]): { readonly traceparent?: Traceparent } => {
  const traceparent = first?.traceparent;
  if (traceparent === undefined) return {};
  const trace = traceIdOf(traceparent);
  const shared = others.every((item) => item.traceparent !== undefined && traceIdOf(item.traceparent) === trace);
  return shared ? { traceparent } : {};
};

type Deps = { readonly rpc: Pick<RpcClient, 'call'>; readonly sessions: VaultSessions; readonly clock: Clock };

/** The vault over NATS. Strings that wait within 2 ms of each other travel in one request. */
export const createVaultClient = ({ rpc, sessions, clock }: Deps): KeyVault => {
  const sign = groupCommit<SignItem, Signed>({
    // It answers for every item and never throws: trying each alone would only repeat the wait.
    run: outsideOfTraces(async (items: readonly SignItem[]) => {
      try {
        const context = { actor: executorActor, correlationId: newId(), ...sharedTrace(items) };
        const reply = await sessions.ask({ items: [...items], context });
        const signedAt = clock.now();
        return items.map((_, i) => {
          const item = reply.items[i];
          return item
            ? signedOf(item, signedAt)
            : failed(new RpcError('rpc.bad_reply', 'the vault answered fewer items than it was asked'));
        });
      } catch (error) {
        return items.map(() => failed(error));
      }
    }),
    maxWaitMs: 2,
    maxJobs: 256,
    maxGroups: 4,
  });
  return {
    sign,
    state: async () => {
      try {
        return (await rpc.call('qry.key-vault.freeze', {})).frozen ? 'frozen' : 'signing';
      } catch {
        return 'away';
      }
    },
    completeVerification: (request) => rpc.call('cmd.key-vault.complete-verification', request),
  };
};
