import { decimal, zero } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { playTrade, type Scene } from './testing/trade-bench.js';

const filled = { outcome: 'placed', order: { orderId: '1', status: 'filled', filled: decimal('0.01'), fills: [] } } as const;
const percent = (mode: 'equity_percent' | 'free_percent' | 'position_percent', value: string) => ({
  sizing: { mode, value: decimal(value) },
});
const owning = (owned: string) => () => ({
  owned: decimal(owned),
  lastSequence: undefined,
  laterActionSent: false,
  others: [],
});
const play = (scene: Partial<Scene>) => playTrade({ answer: () => filled, price: () => '60000', ...scene });

describe('a trade that is sized by a percentage', () => {
  it('orders its share, by one question for what the account has', async () => {
    const { sent, balanceReads } = await play({
      request: percent('equity_percent', '10'),
      balances: () => ({ USDT: ['9000', '100'], BTC: ['0.1', '0.1'] }),
    });
    expect(sent.map(({ order }) => order)).toMatchObject([{ quoteAmount: '1500' }]);
    expect(balanceReads).toBe(1);
  });

  it('waits while the venue does not tell, and expires with that reason', async () => {
    const late = await play({
      request: percent('free_percent', '10'),
      balances: (seconds) => (seconds < 7 ? undefined : { USDT: ['1000', '1000'] }),
    });
    expect(late.sent).toMatchObject([{ order: { quoteAmount: '100' } }]);
    const never = await play({ request: percent('free_percent', '10') });
    expect(never.trade).toMatchObject({ status: 'expired', reason: 'venue.balance_unknown' });
    expect(never.sent).toEqual([]);
  });

  it('is denied where the vault refuses to ask', async () => {
    const refused = await play({
      request: percent('free_percent', '10'),
      balances: () => ({ USDT: ['1000', '1000'] }),
      refusal: ({ purpose }) =>
        purpose === 'read' ? { outcome: 'refused', code: 'vault.credential_not_found', message: 'No key.' } : undefined,
    });
    expect(refused.trade).toMatchObject({ status: 'denied', reason: 'vault.credential_not_found' });
    expect(refused.endedAt).toBe(0);
  });

  it('asks nothing of the account where it is a share of the position', async () => {
    const { sent, balanceReads } = await play({ request: percent('position_percent', '50'), holding: owning('0.1') });
    expect(sent).toMatchObject([{ order: { side: 'buy', amount: '0.05' } }]);
    expect(balanceReads).toBe(0);
    const none = await play({ request: percent('position_percent', '50') });
    expect(none.trade).toMatchObject({ status: 'denied', reason: 'sizing.nothing_owned' });
  });

  it('closes where it sells a share of the position, and counts only what is surely its own', async () => {
    const request = { ...percent('position_percent', '50'), action: 'sell' as const };
    const sold = await play({ request, holding: owning('0.1') });
    expect(sold.events.find(({ type }) => type === 'OrderSubmitted')).toBeDefined();
    expect(sold.sent).toMatchObject([{ order: { side: 'sell', amount: '0.05' } }]);
    const other = {
      tradeId: 'other' as never,
      action: 'sell' as const,
      ordinal: 1,
      sequence: 1,
      status: 'unknown' as const,
      unproven: false,
      side: 'sell' as const,
      amount: decimal('0.06'),
      filled: zero,
    };
    const unsure = await play({ request, holding: () => ({ ...owning('0.1')(), others: [other] }) });
    expect(unsure.sent).toMatchObject([{ order: { amount: '0.02' } }]);
  });
});
