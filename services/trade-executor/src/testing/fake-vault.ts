import { createHmac } from 'node:crypto';
import type { RpcReplyInput, SignBatch, SignedBatch, SignedReplyItem, SignItem } from '@latchkey/contracts';
import { clientOrderIdOf, tradeIdOf, type CredentialId, type Leg } from '@latchkey/kernel';
import { RpcError, type RpcClient } from '@latchkey/messaging';

export type FakeKey = { readonly apiKey: string; readonly apiSecret: string };

const credentialId = '0192f0c1-4444-7444-8444-000000000001' as CredentialId;

/**
 * A vault that keeps the real one's rules: strings only for the trade they belong to, one string per attempt, at most five attempts, one key per
 * leg, nothing for an account without a key. It can be away or frozen, hold its answers back, and it remembers what it signed.
 */
export const fakeVault = () => {
  const keys = new Map<string, FakeKey>();
  const signedOf = new Map<string, string>();
  const keyOf = new Map<string, string>();
  const purposes = new Map<string, Set<string>>();
  const completed: unknown[] = [];
  let away = false;
  let frozen = false;
  let gate: Promise<void> = Promise.resolve();
  let batches = 0;
  let missed = 0;

  const refuse = (code: string): SignedReplyItem => ({ ok: false, code, message: `refused: ${code}` });

  const sign = (item: SignItem): SignedReplyItem => {
    const key = keys.get(item.userId);
    if (!key) return refuse('vault.credential_not_found');
    purposes.set(item.userId, (purposes.get(item.userId) ?? new Set()).add(item.purpose));
    if (frozen && item.purpose !== 'cancel') return refuse('vault.frozen');
    const leg = `${item.trade?.tradeId}/${item.trade?.leg}`;
    const replaced = item.trade !== undefined && (keyOf.get(leg) ?? key.apiKey) !== key.apiKey;
    if (item.purpose === 'open' || item.purpose === 'close') {
      const refusal = refusalOfOrder(item, signedOf, replaced);
      if (refusal) return refuse(refusal);
      keyOf.set(leg, key.apiKey);
    } else if (replaced) return refuse('vault.key_replaced');
    return {
      ok: true,
      credentialId,
      apiKey: key.apiKey,
      // Bybit's string holds the key, which whoever asks does not know.
      signature: createHmac('sha256', key.apiSecret).update(item.payload.replace('{apiKey}', key.apiKey)).digest('hex'),
    };
  };

  const assertThere = (): void => {
    if (!away) return;
    missed += 1;
    throw new RpcError('rpc.unavailable', 'the vault is away');
  };

  const call = async (subject: string, request: unknown): Promise<unknown> => {
    assertThere();
    if (subject === 'qry.key-vault.freeze') {
      const state: RpcReplyInput<'qry.key-vault.freeze'> = frozen
        ? { frozen, reason: 'spec', since: new Date().toISOString() }
        : { frozen };
      return state;
    }
    completed.push(request);
    const reply: RpcReplyInput<'cmd.key-vault.complete-verification'> = { verified: true, message: 'ok', warnings: [] };
    return reply;
  };

  const ask = async ({ items }: SignBatch): Promise<SignedBatch> => {
    assertThere();
    batches += 1;
    const signed = items.map(sign);
    await gate;
    return { items: signed };
  };

  return {
    rpc: { call } as unknown as Pick<RpcClient, 'call'>,
    sessions: { ask },
    keep: (userId: string, key: FakeKey) => keys.set(userId, key),
    /** Its record of what it signed, as a restore takes it too. */
    forgetAttempts: () => {
      signedOf.clear();
      keyOf.clear();
    },
    forget: (userId: string) => keys.delete(userId),
    setAway: (value: boolean) => {
      away = value;
    },
    setFrozen: (value: boolean) => {
      frozen = value;
    },
    /** Answers nothing until the returned function is called. */
    holdBack: (): (() => void) => {
      let release: () => void = () => undefined;
      gate = new Promise((resolve) => (release = resolve));
      return release;
    },
    /** What strings of a user's were for. */
    purposesOf: (userId: string) => [...(purposes.get(userId) ?? [])],
    signedOrders: () => [...signedOf.values()],
    batches: () => batches,
    /** Calls that found it away. */
    missed: () => missed,
    completed,
  };
};

const refusalOfOrder = (
  { userId, exchange, environment, payload, trade }: SignItem,
  signedOf: Map<string, string>,
  replaced: boolean,
): string | undefined => {
  if (!trade) return 'vault.trade_mismatch';
  const computed = tradeIdOf({ signalId: trade.signalId, actionIndex: trade.actionIndex, userId, exchange, environment });
  const id = clientOrderIdOf(computed, trade.leg as Leg);
  const named = exchange === 'bybit' ? `"orderLinkId":"${id}"` : `newClientOrderId=${id}&`;
  if (computed !== trade.tradeId || !payload.includes(named)) return 'vault.trade_mismatch';
  if (trade.attempt > 5) return 'vault.too_many_attempts';
  const attempt = `${computed}/${trade.leg}/${trade.attempt}`;
  const signed = signedOf.get(attempt);
  if (signed !== undefined && (signed !== payload || replaced)) return 'vault.attempt_already_signed';
  if (replaced) return 'vault.key_replaced';
  signedOf.set(attempt, payload);
  return undefined;
};
