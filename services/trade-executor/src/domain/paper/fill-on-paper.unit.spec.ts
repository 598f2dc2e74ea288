import { add, compare, decimal, isNegative, multiply, subtract, sum, type Decimal } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { OrderDraft } from '../trade/commands.js';
import { btcRules as rules } from '../sizing/testing/btc-rules.js';
import { fillOnPaper, type PaperAccount, type PaperOrder, type PaperOutcome } from './fill-on-paper.js';

const having = (balances: Readonly<Record<string, string>>, positions: PaperAccount['positions'] = new Map()): PaperAccount => ({
  balances: new Map(Object.entries(balances).map(([asset, amount]) => [asset, decimal(amount)])),
  positions,
});
const draft = (order: Partial<OrderDraft>): OrderDraft => ({ clientOrderId: 'c', symbol: 'BTCUSDT', side: 'buy', ...order });
const place = (of: Partial<PaperOrder> & { readonly account: PaperAccount }): PaperOutcome =>
  fillOnPaper({ exchange: 'binance', marketType: 'spot', order: draft({}), rules, price: decimal('60000'), ...of });
const filled = (outcome: PaperOutcome) => {
  if (!outcome.ok) throw new TypeError(outcome.reason);
  return outcome;
};
const position = (quantity: string, entryPrice: string) =>
  new Map([['BTCUSDT', { quantity: decimal(quantity), entryPrice: decimal(entryPrice) }]]);

describe('a paper order on spot', () => {
  it('buys at the price of now, and its fee is in what was bought', () => {
    const { fill, after } = filled(place({ order: draft({ amount: decimal('0.1') }), account: having({ USDT: '10000' }) }));
    expect(fill).toEqual({ side: 'buy', amount: '0.1', price: '60000', fee: '0.0001', feeAsset: 'BTC' });
    expect(Object.fromEntries(after.balances)).toEqual({ USDT: '4000', BTC: '0.0999' });
  });

  it('turns an amount to spend into whole lots', () => {
    const { fill } = filled(place({ order: draft({ quoteAmount: decimal('119') }), account: having({ USDT: '10000' }) }));
    expect(fill.amount).toBe('0.001');
  });

  it('sells what is there, and no more', () => {
    const account = having({ BTC: '0.1' });
    const { fill, after } = filled(place({ order: draft({ side: 'sell', amount: decimal('0.1') }), account }));
    expect(fill).toMatchObject({ fee: '6', feeAsset: 'USDT' });
    expect(Object.fromEntries(after.balances)).toEqual({ BTC: '0', USDT: '5994' });
    expect(place({ order: draft({ side: 'sell', amount: decimal('0.101') }), account })).toMatchObject({
      ok: false,
      reason: 'venue.insufficient_balance',
    });
    expect(place({ order: draft({ amount: decimal('0.1') }), account })).toMatchObject({ reason: 'venue.insufficient_balance' });
  });

  it('of less than a lot is refused', () => {
    expect(place({ order: draft({ quoteAmount: decimal('1') }), account: having({ USDT: '10' }) })).toMatchObject({
      reason: 'venue.order_invalid',
    });
  });
});

describe('a paper order for contracts', () => {
  const linear = (order: Partial<OrderDraft>, account: PaperAccount, price = '60000') =>
    place({ marketType: 'linear', order: draft(order), account, price: decimal(price) });

  it('makes a position larger at the average of its prices', () => {
    const { fill, after } = filled(linear({ amount: decimal('0.1') }, having({ USDT: '10000' }, position('0.1', '50000'))));
    expect(fill).toMatchObject({ fee: '3', feeAsset: 'USDT' });
    expect(after.positions.get('BTCUSDT')).toEqual({ quantity: '0.2', entryPrice: '55000' });
    expect(after.balances.get('USDT')).toBe('9997');
  });

  it('realises what a closed part has made', () => {
    const { after } = filled(linear({ side: 'sell', amount: decimal('0.1') }, having({ USDT: '0' }, position('0.3', '50000'))));
    expect(after.positions.get('BTCUSDT')).toEqual({ quantity: '0.2', entryPrice: '50000' });
    expect(after.balances.get('USDT')).toBe('997');
  });

  it('past nothing begins a new position at its own price', () => {
    const { after } = filled(linear({ amount: decimal('0.3') }, having({ USDT: '9000' }, position('-0.1', '70000'))));
    expect(after.positions.get('BTCUSDT')).toEqual({ quantity: '0.2', entryPrice: '60000' });
    expect(after.balances.get('USDT')).toBe('9991');
  });

  it('that only reduces takes no more than there is, on its side', () => {
    const account = having({ USDT: '100' }, position('0.1', '60000'));
    const { fill, after } = filled(linear({ side: 'sell', amount: decimal('9'), reduceOnly: true }, account));
    expect(fill.amount).toBe('0.1');
    expect(after.positions.size).toBe(0);
    expect(linear({ side: 'buy', amount: decimal('0.1'), reduceOnly: true }, account)).toMatchObject({
      reason: 'venue.nothing_to_reduce',
    });
  });

  it('needs a tenth of what it opens, and nothing to close', () => {
    expect(linear({ amount: decimal('0.1') }, having({ USDT: '599' }))).toMatchObject({ reason: 'venue.insufficient_margin' });
    expect(linear({ amount: decimal('0.1') }, having({ USDT: '604' }))).toMatchObject({ ok: true });
    expect(linear({ side: 'sell', amount: decimal('0.1') }, having({ USDT: '0' }, position('0.1', '90000')))).toMatchObject({
      ok: true,
    });
  });

  it('neither makes nor loses money but for prices and fees, whatever is traded', () => {
    const thousandths = fc.integer({ min: 1, max: 200 }).map((n) => decimal(String(n / 1_000)));
    const orders = fc.array(
      fc.record({
        side: fc.constantFrom('buy' as const, 'sell' as const),
        amount: thousandths,
        price: fc.integer({ min: 40_000, max: 80_000 }),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(orders, (list) => {
        let account = having({ USDT: '1000000' });
        const flows: Decimal[] = [];
        const fees: Decimal[] = [];
        for (const { side, amount, price } of list) {
          const { fill, after } = filled(linear({ side, amount }, account, String(price)));
          account = after;
          const value = multiply(fill.amount, fill.price);
          flows.push(side === 'buy' ? multiply(value, decimal('-1')) : value);
          fees.push(fill.fee);
        }
        const { quantity = decimal('0') } = account.positions.get('BTCUSDT') ?? {};
        const held = account.positions.get('BTCUSDT');
        const unrealised = held ? multiply(quantity, subtract(decimal('60000'), held.entryPrice)) : decimal('0');
        const worth = add(account.balances.get('USDT') ?? decimal('0'), unrealised);
        const expected = subtract(add(add(decimal('1000000'), sum(flows)), multiply(quantity, decimal('60000'))), sum(fees));
        const difference = subtract(worth, expected);
        const size = isNegative(difference) ? multiply(difference, decimal('-1')) : difference;
        // Averages are cut after 40 digits.
        expect(compare(size, decimal('0.000000000001'))).toBe(-1);
      }),
    );
  });
});
