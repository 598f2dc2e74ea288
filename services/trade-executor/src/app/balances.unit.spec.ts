import { decimal, type UserId } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { createBalances } from './balances.js';
import type { Exchange, SignedCall } from './ports/exchange.js';
import type { Signed } from './ports/vault.js';

const account = { userId: 'user-1' as UserId, exchange: 'bybit', environment: 'live', marketType: 'spot' } as const;

type Facts = { readonly all?: boolean; readonly signed?: Signed['outcome']; readonly delayMs?: number; readonly told?: boolean };

const bench = ({ all = true, signed = 'signed', delayMs = 0, told = true }: Facts = {}) => {
  const clock = manualClock(0);
  const asked: string[] = [];
  const vault = {
    sign: async (): Promise<Signed> =>
      signed === 'signed'
        ? { outcome: signed, apiKey: 'key', signature: 'signature', signedAt: 0 }
        : { outcome: signed, code: 'vault.credential_not_found', message: 'there is no key' },
  };
  const exchange = {
    clock: { now: () => clock.now(), resync: () => undefined },
    tellsAllBalances: all,
    balances: async (asset: string, { authorize }: SignedCall) => {
      const signature = await authorize('question');
      asked.push(asset);
      clock.advance(delayMs);
      if (!signature || !told) return undefined;
      const one = { total: decimal(String(asked.length)), free: decimal('0.5') };
      return new Map(
        all
          ? [
              ['BTC', one],
              ['USDT', one],
            ]
          : [[asset, one]],
      );
    },
  } as unknown as Exchange;
  const balances = createBalances({ vault, clock, maxAgeMs: 5_000 });
  const total = async (asset = 'USDT', of = account) => {
    const answer = await balances.read(of, [asset], exchange);
    return answer.ok ? answer.of(asset).total : answer.reason;
  };
  return { clock, asked, balances, exchange, total };
};

describe('what an account has', () => {
  it('is asked once by all who ask at the same time, and within its age', async () => {
    const { clock, asked, total } = bench();
    expect(await Promise.all([total(), total(), total('BTC')])).toEqual(['1', '1', '1']);
    clock.advance(5_000);
    expect(await total()).toBe('1');
    clock.advance(1);
    expect(await total()).toBe('2');
    expect(asked).toHaveLength(2);
  });

  it('is asked for each asset where the venue tells one at a time', async () => {
    const { asked, balances, exchange } = bench({ all: false });
    const told = await balances.read(account, ['BTC', 'USDT'], exchange);
    expect(told.ok && [told.of('BTC').total, told.of('USDT').total, told.of('ETH').total]).toEqual(['1', '2', '0']);
    expect(asked.toSorted()).toEqual(['BTC', 'USDT']);
  });

  it('is each account’s own', async () => {
    const { asked, total } = bench();
    await total();
    await total('USDT', { ...account, userId: 'user-2' as UserId });
    expect(asked).toHaveLength(2);
  });

  it('is asked again after an order of its account', async () => {
    const { asked, balances, total } = bench();
    await total();
    balances.forget({ ...account, userId: 'user-2' as UserId });
    await total();
    expect(asked).toHaveLength(1);
    balances.forget(account);
    await total();
    expect(asked).toHaveLength(2);
  });

  it('is not known where the answer took longer than it may be old, or none came; then it is asked again', async () => {
    const slow = bench({ delayMs: 5_001 });
    expect([await slow.total(), await slow.total()]).toEqual(['venue.balance_unknown', 'venue.balance_unknown']);
    expect(slow.asked).toHaveLength(2);
    const silent = bench({ told: false });
    expect([await silent.total(), await silent.total()]).toEqual(['venue.balance_unknown', 'venue.balance_unknown']);
    expect(silent.asked).toHaveLength(2);
  });

  it('is refused for good where the vault refuses to ask for it, and for now where it is away', async () => {
    const refused = bench({ signed: 'refused' });
    expect(await refused.balances.read(account, ['USDT'], refused.exchange)).toMatchObject({
      ok: false,
      final: true,
      reason: 'vault.credential_not_found',
    });
    const away = bench({ signed: 'away' });
    expect(await away.balances.read(account, ['USDT'], away.exchange)).toMatchObject({ ok: false, final: false });
  });
});
