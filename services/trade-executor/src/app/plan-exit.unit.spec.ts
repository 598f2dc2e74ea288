import {
  absolute,
  add,
  compare,
  decimal,
  greater,
  isNegative,
  isZero,
  lesser,
  negate,
  subtract,
  sum,
  zero,
  type Decimal,
  type TradeId,
} from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import { tradeDecider } from '../domain/trade/decide.js';
import type { TradeRequest } from '../domain/trade/events.js';
import { ownedChange } from '../domain/trade/owned.js';
import { defaultAges } from '../domain/trade/policy.js';
import type { Trade } from '../domain/trade/state.js';
import { paramsHash, receivedAtMs, request } from '../domain/trade/testing/trade-facts.js';
import type { OrderPlan, Planned } from './order-plan.js';
import { planExit } from './plan-exit.js';
import type { Holding, OtherTrade } from './ports/holdings.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const lot = decimal('0.001');
const rules: MarketRules = {
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  trading: true,
  takesQuoteAmount: true,
  quotePlaces: 8,
  lots: [{ step: lot, min: lot }],
  notional: {},
};

/** An order of the following from before the exit: what it asked for, what the venue made of it, and when that becomes known (after so many looks). */
type Entry = { readonly side: 'buy' | 'sell'; readonly amount: Decimal; readonly stands: boolean; readonly knownAfter: number };
type World = {
  readonly marketType: 'spot' | 'linear';
  readonly entries: readonly Entry[];
  /** What else the account holds, of another following or of the user's own: reduce-only orders take from it, too. */
  readonly foreign?: Decimal;
  /** The venue takes no more than is there: it cuts the order to the position, or refuses it (hedge mode). */
  readonly excess: 'cut' | 'refuse';
  /** How much of each exit order is executed at once, in tenths. */
  readonly tenths: number;
};

const signed = ({ side, amount }: Pick<Entry, 'side' | 'amount'>): Decimal => (side === 'buy' ? amount : negate(amount));
const others = (world: World, looks: number): readonly OtherTrade[] =>
  world.entries.flatMap(({ side, amount, knownAfter }, i) =>
    looks >= knownAfter
      ? []
      : [
          {
            tradeId: `0192f0c1-0000-5000-8000-00000000000${i}` as TradeId,
            action: side,
            ordinal: i + 1,
            sequence: i + 1,
            status: 'unknown' as const,
            unproven: false,
            side,
            amount,
            filled: zero,
          },
        ],
  );

/** Plays one exit to its end against a venue that knows the truth from the start, with an executor that learns it look by look. */
const play = async (world: World) => {
  const exit: TradeRequest = { ...request, marketType: world.marketType, action: 'exit', ordinal: 99, sequence: 99 };
  let trade: Trade = tradeDecider.evolve(tradeDecider.initial, { type: 'TradeRequested', v: 2, data: exit });
  const give = (command: Parameters<typeof tradeDecider.decide>[0]): void => {
    trade = tradeDecider.decide(command, trade).reduce(tradeDecider.evolve, trade);
  };
  const stood = sum(world.entries.filter(({ stands }) => stands).map(signed));
  const foreign = world.foreign ?? zero;
  let position = add(stood, foreign);
  let looks = 0;
  const orders: OrderPlan[] = [];

  const holding = (): Holding => ({
    owned: add(
      sum(world.entries.filter(({ stands, knownAfter }) => stands && looks >= knownAfter).map(signed)),
      ownedChange(trade),
    ),
    lastSequence: undefined,
    laterActionSent: false,
    others: others(world, looks),
  });
  const deps = { holdings: { of: async () => holding() }, ages: defaultAges } as unknown as TradeDeps;
  const plan = (): Promise<Planned> =>
    planExit({ of: { trade }, request: exit, exchange: { price: async () => undefined } } as unknown as TradeRun, rules, deps);

  const place = (order: OrderPlan): void => {
    orders.push(order);
    const asked = 'amount' in order.size ? order.size.amount : zero;
    const draft = { clientOrderId: order.clientOrderId, symbol: 'BTCUSDT', side: order.side, amount: asked };
    const at = { now: receivedAtMs, timestamp: receivedAtMs, recvWindow: 5_000, paramsHash, maxAgeMs: 600_000 };
    const proof = { resendAfterAbsence: true, absenceIsProof: true, purpose: 'close' } as const;
    give({
      type: 'Submit',
      data: { attempt: 1, leg: order.leg, order: draft, ...at, ...proof, ...(order.covers && { covers: order.covers }) },
    });
    const room = (order.side === 'sell') === compare(position, zero) > 0 ? absolute(position) : zero;
    // Spot sells what is asked for, whoever owns it: nothing there stops it at the position.
    const most = world.marketType === 'spot' ? asked : lesser(asked, room);
    if (isZero(most) || (world.excess === 'refuse' && world.marketType === 'linear' && compare(asked, room) > 0)) {
      give({
        type: 'RecordRejected',
        data: { attempt: 1, reason: 'venue.reduce_only', message: 'Nothing to reduce.', absenceIsProof: true },
      });
      return;
    }
    const executed = orders.length === 1 && world.tenths < 10 ? decimal((Number(most) * 0.1 * world.tenths).toFixed(3)) : most;
    position = add(position, order.side === 'sell' ? negate(executed) : executed);
    const status = compare(executed, asked) === 0 ? 'filled' : 'canceled';
    const snapshot = { orderId: `v-${order.leg}`, status, filled: executed, fills: [] } as const;
    give({ type: 'RecordOrder', data: { attempt: 1, foundBy: 'answer', order: snapshot } });
  };

  for (let steps = 0; trade.status === 'requested' && steps < 60; steps += 1, looks += 1) {
    const planned = await plan();
    if (planned.type === 'order') place(planned.plan);
    else if (planned.type !== 'wait') {
      const { reason, message } = planned;
      give(orders.length > 0 ? { type: 'CompleteExit', data: { reason, message } } : { type: 'Deny', data: { reason, message } });
    }
  }
  return { trade, position, stood, orders, exited: ownedChange(trade) };
};

const amounts = fc.integer({ min: 1, max: 50 }).map((lots) => decimal((lots / 1_000).toFixed(3)));
const worldsOf = (marketType: World['marketType'], sides: readonly ('buy' | 'sell')[]): fc.Arbitrary<World> =>
  fc.record({
    marketType: fc.constant(marketType),
    entries: fc.array(
      fc.record({
        side: fc.constantFrom(...sides),
        amount: amounts,
        stands: fc.boolean(),
        knownAfter: fc.constantFrom(0, 0, 1, 2, 5),
      }),
      { maxLength: 4 },
    ),
    excess: fc.constantFrom('cut', 'refuse'),
    tenths: fc.constantFrom(10, 10, 10, 5),
  });

describe('an exit, whatever was unknown when it came', () => {
  it.each(['spot', 'linear'] as const)('on %s never sells what its following did not buy, and ends', async (marketType) => {
    await fc.assert(
      fc.asyncProperty(worldsOf(marketType, marketType === 'spot' ? ['buy', 'sell'] : ['buy']), async (world) => {
        const { trade, exited, stood, orders } = await play(world);
        expect(trade.status).not.toBe('requested');
        expect(compare(negate(exited), greater(stood, zero))).toBeLessThanOrEqual(0);
        expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(orders.length);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves nothing open of what turned up, unless the venue ended its orders early', async () => {
    await fc.assert(
      fc.asyncProperty(worldsOf('linear', ['buy', 'sell']), async (world) => {
        const { position, trade } = await play({ ...world, tenths: 10 });
        expect(position, JSON.stringify(trade)).toBe('0');
      }),
      { numRuns: 300 },
    );
  });

  it('takes nothing of what else the account holds, on whichever side that is', async () => {
    await fc.assert(
      fc.asyncProperty(worldsOf('linear', ['buy', 'sell']), fc.integer({ min: -99, max: 99 }), async (world, lots) => {
        const foreign = decimal((lots / 1_000).toFixed(3));
        const { stood, exited } = await play({ ...world, foreign });
        const left = add(stood, exited);
        expect(compare(absolute(left), absolute(stood))).toBeLessThanOrEqual(0);
        expect(isNegative(left) !== isNegative(stood) && !isZero(left), `${stood} became ${left}`).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('buys back what turned up, where that is more than was owned', async () => {
    const entries = [
      { side: 'buy', amount: decimal('1'), stands: true, knownAfter: 0 },
      { side: 'sell', amount: decimal('2'), stands: true, knownAfter: 2 },
    ] as const;
    const { position, orders } = await play({ marketType: 'linear', entries, excess: 'cut', tenths: 10 });
    expect([position, orders.map(({ side }) => side)]).toEqual(['0', ['buy']]);
  });

  it('never turns a position round, whichever side it is on', async () => {
    await fc.assert(
      fc.asyncProperty(worldsOf('linear', ['buy', 'sell']), async (world) => {
        const { position, stood } = await play(world);
        expect(compare(absolute(position), absolute(stood))).toBeLessThanOrEqual(0);
        expect(compare(absolute(subtract(stood, position)), absolute(stood))).toBeLessThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what an exit sends', () => {
  const exit: TradeRequest = { ...request, action: 'exit', ordinal: 99, sequence: 99 };
  const before: OtherTrade = {
    tradeId: '0192f0c1-0000-5000-8000-000000000001' as TradeId,
    action: 'sell',
    ordinal: 1,
    sequence: 1,
    status: 'unknown',
    unproven: false,
    side: 'sell',
    amount: decimal('1'),
    filled: zero,
  };
  const planned = async (over: Partial<TradeRequest>, holding: Partial<Holding>) => {
    const asked = { ...exit, ...over };
    const trade = tradeDecider.evolve(tradeDecider.initial, { type: 'TradeRequested', v: 2, data: asked });
    const known = { owned: decimal('1'), lastSequence: undefined, laterActionSent: false, others: [] };
    const deps = { holdings: { of: async () => ({ ...known, ...holding }) } };
    const run = { of: { trade }, request: asked, exchange: { price: async () => undefined } } as unknown as TradeRun;
    const plan = await planExit(run, rules, deps as unknown as TradeDeps);
    return plan.type === 'order' ? { side: plan.plan.side, ...plan.plan.size, covers: plan.plan.covers } : plan.type;
  };
  const spot = { marketType: 'spot' } as const;
  const linear = { marketType: 'linear' } as const;

  it('on spot is nothing of what an unknown sell may have sold, however far that got', async () => {
    for (const status of ['submitted', 'unknown', 'accepted'] as const)
      expect(await planned(spot, { others: [{ ...before, status }] })).toBe('wait');
    expect(await planned(spot, { owned: decimal('3'), others: [before] })).toMatchObject({ side: 'sell', amount: '2' });
    expect(await planned(spot, { others: [{ ...before, amount: undefined }] })).toBe('wait');
    expect(await planned(spot, { others: [{ ...before, side: 'buy', action: 'buy' }] })).toMatchObject({
      side: 'sell',
      amount: '1',
    });
  });

  it('on contracts is all of it, however an earlier exit ended, and waits for none of that', async () => {
    const unproven = { ...before, action: 'exit', status: 'canceled', unproven: true } as const;
    expect(await planned(linear, { others: [unproven] })).toEqual({ side: 'sell', amount: '1', covers: undefined });
    expect(await planned(linear, { owned: zero, others: [unproven] })).toBe('deny');
  });

  it('on contracts is nothing of what an unknown order may have closed or opened', async () => {
    const larger = { ...before, amount: decimal('2') };
    expect(await planned(linear, { others: [larger] })).toBe('wait');
    const opposite = { ...before, side: 'buy', action: 'buy' } as const;
    expect(await planned(linear, { others: [opposite] })).toEqual({ side: 'sell', amount: '1', covers: [before.tradeId] });
    expect(await planned(linear, { owned: zero, others: [opposite] })).toBe('wait');
    expect(await planned(linear, { owned: decimal('-3'), others: [opposite] })).toMatchObject({ side: 'buy', amount: '2' });
  });

  it('is nothing once a later action was traded, be it of its own signal', async () => {
    expect(await planned(spot, { lastSequence: 100 })).toBe('expire');
    expect(await planned(spot, { lastSequence: 99 })).toMatchObject({ side: 'sell' });
    expect(await planned(spot, { lastSequence: 99, laterActionSent: true })).toBe('expire');
  });
});
