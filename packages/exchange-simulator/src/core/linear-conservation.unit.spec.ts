import { absolute, add, compare, decimal, isZero, subtract, sum, zero } from '@latchkey/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiKey, btc, linearMarket as market, usdt, type About } from '../testing/linear-market.js';
import { totalMargin } from './margin.js';
import { executedQuantity, isOpen, type PositionSide } from './order.js';
import { signedQuantity } from './positions.js';

type Step = About & { readonly move?: number };
const lots = fc.integer({ min: 1, max: 150 }).map((count) => (count / 1_000).toFixed(3));
const near = fc.integer({ min: 58_000, max: 62_000 });
const anOrder = (sides: readonly PositionSide[]): fc.Arbitrary<Step> =>
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
      anOrder(sides),
      near.map((move): Step => ({ move })),
    ),
    { maxLength: 30 },
  );

type Venue = ReturnType<typeof market>;
const played = (mode: 'one-way' | 'hedge', script: readonly Step[]): Venue => {
  const venue = market({ mode, funds: '2000' });
  for (const step of script) {
    if (step.move === undefined) venue.refused(step);
    else venue.setPrice(String(step.move));
  }
  return venue;
};
const fillsOf = (venue: Venue, side: PositionSide) =>
  venue.book
    .all()
    .filter(({ linear }) => linear?.positionSide === side)
    .flatMap((order) => order.fills.map((fill) => ({ ...fill, side: order.side })));

describe.each([
  ['one-way', ['both']],
  ['hedge', ['long', 'short']],
] as const)('whatever happens in %s mode', (mode, sides) => {
  it('positions are the sum of their fills, the wallet changes by fees and what was realised, and margin is what is locked', () => {
    fc.assert(
      fc.property(steps(sides), (script) => {
        const venue = played(mode, script);
        for (const positionSide of sides) {
          const size = venue.linear.position(btc, positionSide)?.size ?? zero;
          expect(size).toBe(sum(fillsOf(venue, positionSide).map(({ side, quantity }) => signedQuantity(side, quantity))));
          if (positionSide !== 'both' && !isZero(size)) expect(compare(size, zero)).toBe(positionSide === 'long' ? 1 : -1);
        }
        const fills = sides.flatMap((side) => fillsOf(venue, side));
        const earned = sum(fills.map(({ realisedPnl = zero, fee }) => subtract(realisedPnl, fee)));
        expect(venue.owned()).toBe(add(decimal('2000'), earned));
        expect(venue.wallet.balance(usdt).locked).toBe(totalMargin(venue.engine.margin(apiKey).slots));
        for (const one of venue.book.all()) {
          expect(compare(executedQuantity(one), one.quantity)).toBeLessThanOrEqual(0);
          if (isOpen(one)) expect(one.price).toBeDefined();
        }
      }),
    );
  });

  it('a position that is closed has earned exactly what came in less what went out, and holds no margin', () => {
    fc.assert(
      fc.property(steps(sides), near, (script, last) => {
        const venue = played(mode, script);
        for (const order of venue.book.open()) venue.engine.cancel(order);
        venue.setPrice(String(last));
        for (const positionSide of sides) {
          const size = venue.linear.position(btc, positionSide)?.size ?? zero;
          const side = compare(size, zero) > 0 ? 'sell' : 'buy';
          if (!isZero(size)) venue.accepted({ side, positionSide, quantity: absolute(size), reduceOnly: mode === 'one-way' });
          const fills = fillsOf(venue, positionSide);
          const cash = sum(fills.map((fill) => signedQuantity(fill.side === 'buy' ? 'sell' : 'buy', fill.quote)));
          expect(sum(fills.map(({ realisedPnl = zero }) => realisedPnl))).toBe(cash);
          expect(venue.position(positionSide)?.[0] ?? '0').toBe('0');
        }
        expect(venue.wallet.balance(usdt).locked).toBe('0');
      }),
    );
  });
});
