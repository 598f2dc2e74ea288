import { decimal, replay, sum } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { tradeDecider } from '../trade/decide.js';
import type { Fee, Fill, TradeEvent } from '../trade/events.js';
import { ownedChange } from '../trade/owned.js';
import {
  accepted,
  closed,
  fill,
  filled,
  receivedAtMs,
  request,
  requested,
  submitted,
  timestampOf,
} from '../trade/testing/trade-facts.js';
import { executionsOf } from './executions.js';

const onMarket = (marketType: 'spot' | 'linear'): TradeEvent =>
  ({ ...requested, data: { ...request, marketType } }) as TradeEvent;
const order = (side: 'buy' | 'sell'): TradeEvent =>
  ({ ...submitted(), data: { ...submitted().data, side, baseAsset: 'BTC', quoteAsset: 'USDT' } }) as unknown as TradeEvent;
const withFee = (id: string, amount: string, fee: string, feeAsset: string, feePrice?: string): Fill => ({
  ...fill(id, amount),
  fee: decimal(fee),
  feeAsset,
  ...(feePrice !== undefined && { feePrice: decimal(feePrice) }),
});
const ended = (amount: string, averagePrice?: string, fees?: readonly Fee[]): TradeEvent => {
  const event = closed('filled', amount, averagePrice);
  return { ...event, data: { ...event.data, ...(fees && { fees }) } } as TradeEvent;
};
const of = (...events: readonly TradeEvent[]) => executionsOf(replay(tradeDecider, events));
const start = [onMarket('spot'), order('buy'), accepted()] as const;

describe('what a trade has executed', () => {
  it('is nothing before something was', () => {
    expect(of(requested)).toEqual([]);
    expect(of(...start)).toEqual([]);
  });

  it('values fees in the quote asset by themselves, those in the base asset at the fill’s price, any other by the price that came with it', () => {
    const fees = (one: Fill, side: 'buy' | 'sell' = 'buy') => of(onMarket('spot'), order(side), accepted(), filled(one))[0];
    expect(fees(withFee('1', '0.003', '0.15', 'USDT'))).toMatchObject({
      change: '0.003',
      fees: [{ asset: 'USDT', amount: '0.15', value: '0.15' }],
    });
    expect(fees(withFee('1', '0.003', '0.000003', 'BTC'))).toMatchObject({
      change: '0.002997',
      fees: [{ asset: 'BTC', amount: '0.000003', value: '0.15' }],
    });
    expect(fees(withFee('1', '0.003', '0.000003', 'BTC'), 'sell')).toMatchObject({ change: '-0.003003' });
    expect(fees(withFee('1', '0.003', '0.0002', 'BNB', '600'))).toMatchObject({
      change: '0.003',
      fees: [{ asset: 'BNB', amount: '0.0002', value: '0.12' }],
    });
  });

  it('keeps a fee apart that nobody could value, and says nothing of one that was not told', () => {
    expect(of(...start, filled(withFee('1', '0.003', '0.0002', 'BNB')))[0]?.fees).toEqual([{ asset: 'BNB', amount: '0.0002' }]);
    expect(of(...start, filled(fill('1')))[0]).not.toHaveProperty('fees');
  });

  it("has what the venue's own total counts beside the known fills, at what is left of its price and fees", () => {
    const known = filled(withFee('1', '0.001', '0.05', 'USDT'));
    const [, beside] = of(...start, known, ended('0.004', '50030', [{ asset: 'USDT', amount: decimal('0.2') }]));
    expect(beside).toEqual({
      leg: 'e0',
      fillId: 'rest',
      at: new Date(receivedAtMs + 1_500).toISOString(),
      change: '0.003',
      price: '50040',
      fees: [{ asset: 'USDT', amount: '0.15', value: '0.15' }],
    });
    const [alone] = of(...start, ended('0.004', '50030'));
    expect(alone).toEqual({
      leg: 'e0',
      fillId: 'rest',
      at: new Date(timestampOf(1)).toISOString(),
      change: '0.004',
      price: '50030',
    });
    expect(of(...start, known, ended('0.001', '50000'))).toHaveLength(1);
  });

  it('adds up to what the trade changed of its following, in whatever order and however often fills come', () => {
    const fills = [
      withFee('1', '0.003', '0.000003', 'BTC'),
      withFee('2', '0.001', '0.01', 'USDT'),
      withFee('3', '0.002', '0.000002', 'BTC'),
    ];
    const ends = [ended('0.001'), ended('0.01', '50000'), ended('0.01', '50000', [{ asset: 'BTC', amount: decimal('0.00002') }])];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...fills), { maxLength: 8 }),
        fc.constantFrom<'buy' | 'sell'>('buy', 'sell'),
        fc.constantFrom<'spot' | 'linear'>('spot', 'linear'),
        fc.constantFrom(...ends),
        fc.nat(10),
        (arriving, side, market, end, endAt) => {
          const events: TradeEvent[] = arriving.map((one) => filled(one));
          events.splice(Math.min(endAt, events.length), 0, end);
          const trade = replay(tradeDecider, [onMarket(market), order(side), accepted(), ...events]);
          expect(sum(executionsOf(trade).map(({ change }) => change))).toBe(ownedChange(trade));
        },
      ),
    );
  });
});
