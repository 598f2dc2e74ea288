import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulatedFaults, type FaultKind } from '../core/faults.js';
import { venueInMemory } from '../testing/venue-in-memory.js';

type Step =
  | { readonly act: 'market' | 'limit'; readonly side: 'BUY' | 'SELL'; readonly lots: number; readonly price: number }
  | { readonly act: 'price'; readonly price: number }
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'fault'; readonly kind: FaultKind; readonly ms: number };

// A delayed answer would have to be awaited while the clock moves; Bybit alone plays the other one.
const kinds = simulatedFaults.filter((kind) => kind !== 'delay' && kind !== 'reject-after-accept');

const price = fc.integer({ min: 55_000, max: 65_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    act: fc.constantFrom('market' as const, 'limit' as const),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    lots: fc.integer({ min: 1, max: 2_000 }),
    price,
  }),
  fc.record({ act: fc.constant('price' as const), price }),
  fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 8_000 }) }),
  fc.record({
    act: fc.constant('fault' as const),
    kind: fc.constantFrom(...kinds),
    ms: fc.integer({ min: 0, max: 8_000 }),
  }),
);

const play = async (seed: number, steps: readonly Step[]) => {
  const venue = venueInMemory({ seed });
  const answers: unknown[] = [];
  for (const one of steps) {
    if (one.act === 'price') venue.setPrice('BTCUSDT', String(one.price));
    else if (one.act === 'wait') venue.clock.advance(one.ms);
    else if (one.act === 'fault') venue.fault({ kind: one.kind, params: { ms: one.ms } });
    else {
      const size = { side: one.side, quantity: (one.lots / 100_000).toFixed(5) };
      const terms = one.act === 'limit' ? { type: 'LIMIT', timeInForce: 'GTC', price: String(one.price) } : {};
      answers.push(await venue.order({ ...size, ...terms }));
    }
  }
  venue.clock.advance(10_000);
  return { answers, book: venue.book(), stats: venue.world.stats.view() };
};

describe('a simulation', () => {
  it('with the same seed and the same calls ends in the same book, ids and answers included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(step, { maxLength: 25 }), async (seed, steps) => {
        expect(await play(seed, steps)).toEqual(await play(seed, steps));
      }),
      { numRuns: 100 },
    );
  });

  it('with another seed has other ids', async () => {
    const one: Step = { act: 'market', side: 'BUY', lots: 100, price: 1 };
    expect((await play(1, [one])).book).not.toEqual((await play(2, [one])).book);
  });
});
