import { decimal } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { tradeDecider } from '../domain/trade/decide.js';
import type { TradeEvent } from '../domain/trade/events.js';
import { absenceProven, expired, fill, requested, submitted, tradeId, unknown } from '../domain/trade/testing/trade-facts.js';
import type { LookupAnswer } from './ports/exchange.js';
import type { LoadedTrade } from './ports/trades.js';
import type { TradeDeps } from './trade-run.js';
import { watchUnproven } from './watch-unproven.js';

const endedAt = Date.UTC(2026, 0, 15, 12);
const minutes = (count: number) => count * 60_000;
const absent: LookupAnswer = { outcome: 'absent', reason: 'venue.order_not_found', message: 'Not found.' };
const found: LookupAnswer = {
  outcome: 'found',
  order: { orderId: '900001', status: 'filled', filled: decimal('0.002'), fills: [] },
};

/** One trade that ended unproven; the venue's answer is set by the spec. */
const watchOne = (held = [0]) => {
  const clock = manualClock(endedAt);
  const history: TradeEvent[] = [requested, submitted(), unknown(), absenceProven(), expired('unproven', 'Not found.')];
  const alarms: object[] = [];
  const scene = {
    answer: absent as LookupAnswer,
    lookedAt: [] as number[],
    rows: [{ tradeId, partition: 0, endedAt }],
  };
  const load = async (): Promise<LoadedTrade> =>
    ({
      tradeId,
      trade: history.reduce(tradeDecider.evolve, tradeDecider.initial),
      version: 5,
      last: { metadata: {} },
    }) as unknown as LoadedTrade;
  const deps = {
    trades: {
      load,
      apply: async (of: LoadedTrade, command: Parameters<typeof tradeDecider.decide>[0]) => {
        const events = tradeDecider.decide(command, of.trade);
        history.push(...events);
        scene.rows = [];
        return { after: await load(), events };
      },
    },
    exchanges: () => ({
      clock: { now: () => clock.now() },
      pausedUntil: () => 0,
      lookup: async () => {
        scene.lookedAt.push((clock.now() - endedAt) / 60_000);
        return scene.answer;
      },
      fills: async () => [fill('1', '0.002')],
    }),
    vault: {},
    gate: {},
    clock,
    log: { error: (facts: object) => void alarms.push(facts), warn: () => undefined },
  } as unknown as TradeDeps;
  let woken = 0;
  const watch = watchUnproven({
    deps,
    unproven: async (partitions) => scene.rows.filter(({ partition }) => partitions.includes(partition)),
    partitions: () => new Map(held.map((partition) => [partition, { name: `partition-p0${partition}`, epoch: 1 }])),
    onSighting: () => (woken += 1),
  });
  return { clock, scene, watch, alarms, types: () => history.map(({ type }) => type).slice(5), woken: () => woken };
};

describe('an order that ended unproven', () => {
  it('is looked for after a minute, and then with growing pauses', async () => {
    const { clock, scene, watch, alarms } = watchOne();
    for (let minute = 0; minute <= 10; minute += 0.5) {
      clock.set(endedAt + minutes(minute));
      await watch.round();
    }
    expect(scene.lookedAt).toEqual([1, 2, 4, 8]);
    expect(alarms).toEqual([]);
  });

  it('that turns up is recorded as what it is, raises an alarm, and is not looked for again', async () => {
    const { clock, scene, watch, alarms, types, woken } = watchOne();
    clock.advance(minutes(1));
    scene.answer = found;
    await watch.round();
    expect(types()).toEqual(['OrderAccepted', 'OrderFilled', 'OrderClosed']);
    expect(alarms).toMatchObject([{ alarm: 'order.late_sighting', tradeId, orderId: '900001', filled: '0.002' }]);
    expect(woken()).toBe(1);
    clock.advance(minutes(5));
    await watch.round();
    expect(scene.lookedAt).toHaveLength(1);
  });

  it('is left to whoever holds its partition', async () => {
    const { clock, scene, watch } = watchOne([1]);
    clock.advance(minutes(1));
    await watch.round();
    expect(scene.lookedAt).toHaveLength(0);
  });
});
