import { add, compare, decimal, isZero, subtract, sum, zero } from '@latchkey/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiKey, btc, linearMarket as market, usdt, type About } from '../testing/linear-market.js';
import { totalMargin } from './margin.js';
import { executedQuantity, isOpen, type PositionSide } from './order.js';
import { signedQuantity } from './positions.js';

type Step = About & { readonly move?: number };
const lots = fc.integer({ min: 1, max: 150 }).map((count) => (count / 1_000).toFixed(3));
const near = fc.integer({ min: 58_000, max: 62_000 });
const order = (sides: readonly PositionSide[]): fc.Arbitrary<Step> =>
  fc
    .record({
      quantity: lots,
      side: fc.constantFrom('buy' as const, 'sell' as const),
      positionSide: fc.constantFrom(...sides),
      reduceOnly: fc.boolean(),
      limit: fc.option(near, { nil: undefined }),
      timeInForce: fc.constantFrom('gtc' as const, 'ioc' as const, 'fok' as const, 'post_only' as const),
      share: fc.option(fc.constantFrom('0', '0.3', '0.5'), { nil: undefined }),
    })
    .map(({ limit, share, ...about }) => ({
      ...about,
      ...(limit === undefined ? {} : { price: String(limit) }),
      ...(share === undefined ? {} : { share }),
    }));
const steps = (sides: readonly PositionSide[]) =>
  fc.array(
    fc.oneof(
      order(sides),
      near.map((move): Step => ({ move })),
    ),
    { maxLength: 30 },
  );

describe.each([
  ['one-way', ['both']],
  ['hedge', ['long', 'short']],
] as const)('whatever happens in %s mode', (mode, sides) => {
  it('positions are the sum of their fills, the wallet loses only fees and what was realised, and margin is what is locked', () => {
    fc.assert(
      fc.property(steps(sides), (script) => {
        const venue = market({ mode, funds: '2000' });
        for (const step of script) {
          if (step.move === undefined) venue.refused(step);
          else venue.setPrice(String(step.move));
        }
        const fills = venue.book.all().flatMap((one) => one.fills.map((fill) => ({ one, fill })));
        for (const side of sides) {
          const own = fills.filter(({ one }) => one.linear?.positionSide === side);
          const size = venue.linear.position(btc, side)?.size ?? zero;
          expect(size).toBe(sum(own.map(({ one, fill }) => signedQuantity(one.side, fill.quantity))));
          if (side !== 'both' && !isZero(size)) expect(compare(size, zero)).toBe(side === 'long' ? 1 : -1);
          // Flat again, the realised profit is exactly what came in less what went out.
          const cash = sum(own.map(({ one, fill }) => signedQuantity(one.side === 'buy' ? 'sell' : 'buy', fill.quote)));
          if (isZero(size)) expect(sum(own.map(({ fill }) => fill.realisedPnl ?? zero))).toBe(cash);
        }
        const earned = sum(fills.map(({ fill }) => subtract(fill.realisedPnl ?? zero, fill.fee)));
        expect(venue.owned()).toBe(add(decimal('2000'), earned));
        expect(venue.wallet.balance(usdt).locked).toBe(totalMargin(venue.engine.margin(apiKey).slots));
        for (const one of venue.book.all()) {
          expect(compare(executedQuantity(one), one.quantity)).toBeLessThanOrEqual(0);
          if (isOpen(one)) expect(one.price).toBeDefined();
        }
      }),
    );
  });
});
