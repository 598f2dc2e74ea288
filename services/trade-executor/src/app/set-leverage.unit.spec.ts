import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { playTrade, type Refusing, type Scene } from './testing/trade-bench.js';

const filled = { outcome: 'placed', order: { orderId: '1', status: 'filled', filled: decimal('0.01'), fills: [] } } as const;
const request = {
  marketType: 'linear',
  leverage: 20,
  sizing: { mode: 'free_percent', value: decimal('10') },
} as const satisfies Scene['request'];
const play = (scene: Partial<Scene> = {}) =>
  playTrade({
    answer: () => filled,
    request,
    rules: { takesQuoteAmount: false },
    price: () => '60000',
    balances: () => ({ USDT: ['9000', '9000'] }),
    ...scene,
  });

describe('an opening that says a leverage', () => {
  it('has it set before it is sent, and is sized by it', async () => {
    const { leverages, sent } = await play();
    expect([leverages, sent.map(({ order }) => order.amount)]).toEqual([[20], ['0.3']]);
  });

  it('has no more set than the venue lends, and is sized by that', async () => {
    const byBracket = await play({ maxLeverage: 10 });
    expect([byBracket.leverages, byBracket.sent[0]?.order.amount]).toEqual([[10], '0.15']);
    const byRules = await play({ rules: { takesQuoteAmount: false, maxLeverage: 5 } });
    expect([byRules.leverages, byRules.sent[0]?.order.amount]).toEqual([[5], '0.075']);
  });

  it('is bounded for all of the position that it makes, not for the order alone', async () => {
    const asked: string[] = [];
    const holding = () => ({ owned: decimal('-0.2'), lastSequence: undefined, laterActionSent: false, others: [] });
    await play({
      holding,
      request: { ...request, sizing: { mode: 'base_amount', value: decimal('0.1') } },
      maxLeverage: (notional) => {
        asked.push(notional);
        return 10;
      },
    });
    expect(asked).toEqual(['18000']);
  });

  it('is denied with the reason where the venue refuses it', async () => {
    const { trade, sent } = await play({
      setLeverage: () => ({ outcome: 'refused', reason: 'venue.leverage_refused', message: 'Too high.' }),
    });
    expect(trade).toMatchObject({ status: 'denied', reason: 'venue.leverage_refused', message: 'Too high.' });
    expect(sent).toEqual([]);
  });

  it('waits while nobody says whether it is set, and expires with that reason', async () => {
    const unknown = { outcome: 'unavailable', reason: 'venue.leverage_unknown', message: 'No answer.' } as const;
    const late = await play({ setLeverage: (_leverage, seconds) => (seconds < 5 ? unknown : { outcome: 'set' }) });
    expect(late.sent).toHaveLength(1);
    const never = await play({ setLeverage: () => unknown });
    expect(never.trade).toMatchObject({ status: 'expired', reason: 'venue.leverage_unknown' });
    expect(never.sent).toEqual([]);
  });

  it('is denied where the vault refuses to sign it, and waits while the vault is away', async () => {
    const refusal =
      (outcome: 'refused' | 'away'): Refusing =>
      ({ purpose }) =>
        purpose === 'configure' ? { outcome, code: 'vault.credential_disabled', message: 'Not signed.' } : undefined;
    expect((await play({ refusal: refusal('refused') })).trade).toMatchObject({
      status: 'denied',
      reason: 'vault.credential_disabled',
    });
    expect((await play({ refusal: refusal('away') })).trade).toMatchObject({ status: 'expired' });
  });

  it('that its turn would deny leaves the account as it is', async () => {
    const { leverages, trade } = await play({ balances: () => ({ USDT: ['9000', '0'] }) });
    expect([leverages, trade.status]).toEqual([[], 'denied']);
  });

  it('on spot sets nothing', async () => {
    const { leverages, sent } = await play({ request: { ...request, marketType: 'spot' }, rules: {} });
    expect([leverages, sent.length]).toEqual([[], 1]);
  });
});

describe('an exit', () => {
  it('sets nothing', async () => {
    const { leverages, sent } = await play({
      request: { ...request, action: 'exit' },
      holding: () => ({ owned: decimal('0.1'), lastSequence: undefined, laterActionSent: false, others: [] }),
    });
    expect([leverages, sent.length]).toEqual([[], 1]);
  });
});
