import { decimal, replay, subtract, sum } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { tradeDecider } from './decide.js';
import type { Fill, TradeEvent } from './events.js';
import { ownedChange } from './owned.js';
import { accepted, closed, fill, filled, request, requested, submitted } from './testing/trade-facts.js';

const withFee = (id: string, amount: string, fee: string, feeAsset: string): Fill => ({
  ...fill(id, amount),
  fee: decimal(fee),
  feeAsset,
});
const onMarket = (marketType: 'spot' | 'linear'): TradeEvent =>
  ({ ...requested, data: { ...request, marketType } }) as TradeEvent;
const order = (side: 'buy' | 'sell', baseAsset?: string): TradeEvent =>
  ({ ...submitted(), data: { ...submitted().data, side, ...(baseAsset !== undefined && { baseAsset }) } }) as TradeEvent;
const changeOf = (...events: readonly TradeEvent[]) => ownedChange(replay(tradeDecider, events));

describe('what a trade changes of what its following owns', () => {
  it('is nothing before something was executed', () => {
    expect(changeOf(requested)).toBe('0');
    expect(changeOf(requested, submitted(), accepted())).toBe('0');
  });

  it('is what was bought, and less by what was sold', () => {
    expect(changeOf(requested, order('buy'), accepted(), filled(fill('1', '0.003')))).toBe('0.003');
    expect(changeOf(requested, order('sell'), accepted(), filled(fill('1', '0.003')))).toBe('-0.003');
  });

  it('is less by fees in the base asset, on spot alone, whoever names the asset', () => {
    const paid = filled(withFee('1', '0.003', '0.000003', 'BTC'));
    expect(changeOf(onMarket('spot'), order('buy', 'BTC'), accepted(), paid)).toBe('0.002997');
    expect(changeOf(onMarket('spot'), order('buy'), accepted(), paid)).toBe('0.002997');
    expect(changeOf(onMarket('spot'), order('sell', 'BTC'), accepted(), paid)).toBe('-0.003003');
    expect(changeOf(onMarket('linear'), order('buy', 'BTC'), accepted(), paid)).toBe('0.003');
    expect(changeOf(onMarket('spot'), order('buy', 'BTC'), accepted(), filled(withFee('1', '0.003', '0.1', 'BNB')))).toBe(
      '0.003',
    );
  });

  it("is the venue's own total where fills got lost", () => {
    expect(changeOf(requested, order('buy'), accepted(), filled(fill('1', '0.001')), closed('filled', '0.004'))).toBe('0.004');
  });

  it('is the same in whatever order, however often and however late fills come, before the acknowledgement and after a cancel', () => {
    const fills = [
      withFee('1', '0.003', '0.000003', 'BTC'),
      withFee('2', '0.001', '0.01', 'USDT'),
      withFee('3', '0.002', '0.000002', 'BTC'),
    ];
    const expected = subtract(sum(fills.map(({ amount }) => amount)), decimal('0.000005'));
    fc.assert(
      fc.property(
        fc.shuffledSubarray(fills, { minLength: 3 }),
        fc.array(fc.constantFrom(...fills), { maxLength: 10 }),
        fc.nat(20),
        fc.nat(20),
        (all, repeated, ackAt, cancelAt) => {
          const arriving: TradeEvent[] = [...all, ...repeated].map((one) => filled(one));
          arriving.splice(Math.min(ackAt, arriving.length), 0, accepted());
          arriving.splice(Math.min(cancelAt, arriving.length), 0, closed('canceled', '0.001'));
          expect(changeOf(onMarket('spot'), order('buy', 'BTC'), ...arriving)).toBe(expected);
        },
      ),
    );
  });
});
