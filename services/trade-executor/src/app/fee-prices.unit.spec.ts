import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import type { Fill } from '../domain/trade/events.js';
import { fill, receivedAtMs } from '../domain/trade/testing/trade-facts.js';
import { playTrade } from './testing/trade-bench.js';
import { withFeePrices } from './fee-prices.js';

const paid = (feeAsset: string): Fill => ({ ...fill('1', '0.002'), fee: decimal('0.0002'), feeAsset });
const order = (...fills: readonly Fill[]): OrderSnapshot => ({
  orderId: '900001',
  status: 'filled',
  filled: decimal('0.002'),
  fills,
});
const secondsLater = (seconds: number) => Date.parse(fill('1').at) + seconds * 1_000;

const asked = (price: string | undefined, venueNow: number | undefined = secondsLater(1)) => {
  const symbols: string[] = [];
  const exchange = {
    rules: () => ({ baseAsset: 'BTC', quoteAsset: 'USDT' }) as never,
    clock: { now: () => venueNow, resync: () => undefined },
    price: async (symbol: string) => {
      symbols.push(symbol);
      if (price === 'fails') throw new TypeError('the venue is away');
      return price === undefined ? undefined : decimal(price);
    },
  };
  return { symbols, priced: (of: OrderSnapshot) => withFeePrices({ exchange, request: { symbol: 'BTCUSDT' } }, of) };
};

describe('a fee in a third asset', () => {
  it('is recorded with the public price of its moment, asked for once', async () => {
    const { symbols, priced } = asked('600');
    const { fills } = await priced(order(paid('BNB'), { ...paid('BNB'), fillId: '2' }));
    expect(fills.map(({ feePrice }) => feePrice)).toEqual(['600', '600']);
    expect(symbols).toEqual(['BNBUSDT']);
  });

  it.each([
    ['no price was told', () => asked(undefined)],
    ['nobody could be asked', () => asked('fails')],
    ['it was taken more than a minute ago', () => asked('600', secondsLater(61))],
  ])('stays without one where %s', async (_why, of) => {
    expect(await of().priced(order(paid('BNB')))).toEqual(order(paid('BNB')));
  });

  it('is the only one that is asked about', async () => {
    const { symbols, priced } = asked('600');
    const told = order(paid('BTC'), paid('USDT'), fill('3'));
    expect(await priced(told)).toEqual(told);
    expect(symbols).toEqual([]);
  });

  it('has its price on the record of the trade', async () => {
    const { events } = await playTrade({
      answer: () => ({ outcome: 'placed', order: order({ ...paid('BNB'), at: new Date(receivedAtMs).toISOString() }) }),
      price: () => '600',
    });
    expect(events.find(({ type }) => type === 'OrderFilled')).toMatchObject({ data: { feeAsset: 'BNB', feePrice: '600' } });
  });
});
