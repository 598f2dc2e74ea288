import { replay, sum, type Decimal } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { TradeCommand } from './commands.js';
import { tradeDecider } from './decide.js';
import type { Fill, TradeEvent } from './events.js';
import { averagePrice, filledAmount, statusOf } from './figures.js';
import {
  accepted,
  absenceProven,
  closed,
  expired,
  fill,
  rejected,
  requested,
  submitted,
  turnedAway,
  unknown,
  unverifiable,
} from './testing/trade-facts.js';

/** Gives one command after another, as a worker does that appends what is decided. */
const run = (history: readonly TradeEvent[], commands: readonly TradeCommand[]): readonly TradeEvent[] =>
  commands.reduce<readonly TradeEvent[]>(
    (events, command) => [...events, ...tradeDecider.decide(command, replay(tradeDecider, events))],
    history,
  );

const fills = [fill('1', '0.0003'), fill('2', '0.0007', '50010'), fill('3', '0.001', '49990.5')] as const;
const arrivals = fc.array(fc.constantFrom<Fill>(...fills), { maxLength: 30 });
const amounts = (of: Iterable<Fill>): Decimal => sum([...of].map(({ amount }) => amount));

// Every state in which an order may turn out to stand.
const histories: readonly (readonly TradeEvent[])[] = [
  [requested, submitted()],
  [requested, submitted(), unknown()],
  [requested, submitted(), rejected()],
  [requested, submitted(), turnedAway()],
  [requested, submitted(), accepted()],
  [requested, submitted(), unknown(), unverifiable()],
  [requested, submitted(), accepted(), unverifiable()],
  [requested, submitted(), unknown(), absenceProven(), expired('unproven', 'x')],
];

describe('fills', () => {
  it('are counted once, in whatever order and however often they arrive', () => {
    fc.assert(
      fc.property(fc.constantFrom(...histories), arrivals, (history, arriving) => {
        const events = run(
          history,
          arriving.map((one) => ({ type: 'RecordFills', data: { fills: [one] } })),
        );
        const state = replay(tradeDecider, events);
        expect(filledAmount(state)).toBe(amounts(new Set(arriving)));
        if (arriving.length > 0) expect(statusOf(state)).toBe('partially_filled');
      }),
    );
  });

  it('are counted once when a restored database gets back what was recorded again meanwhile', () => {
    const known = [requested, submitted()];
    const lost = run([...known, accepted()], [{ type: 'RecordFills', data: { fills } }]).slice(known.length);
    const again = run([...known, unknown(), accepted()], [{ type: 'RecordFills', data: { fills } }]);
    const state = replay(tradeDecider, [...again, ...lost]);
    expect(filledAmount(state)).toBe(amounts(fills));
  });

  it('add up to the same in one report and in many', () => {
    fc.assert(
      fc.property(arrivals, (arriving) => {
        const history = [requested, submitted(), accepted()];
        const together = run(history, [{ type: 'RecordFills', data: { fills: arriving } }]);
        const apart = run(
          history,
          arriving.map((one) => ({ type: 'RecordFills', data: { fills: [one] } })),
        );
        expect(together).toEqual(apart);
      }),
    );
  });

  it("that got lost are covered by the venue's total", () => {
    fc.assert(
      fc.property(fc.subarray([...fills]), (seen) => {
        const state = replay(tradeDecider, [
          ...run([requested, submitted(), accepted()], [{ type: 'RecordFills', data: { fills: seen } }]),
          closed('filled', '0.002', '50000'),
        ]);
        expect(filledAmount(state)).toBe('0.002');
        expect(statusOf(state)).toBe('filled');
        expect(averagePrice(state)).toBe(seen.length === fills.length ? '49998.75' : '50000');
      }),
    );
  });
});

describe('any history of commands', () => {
  const snapshot = fc.record({
    orderId: fc.constantFrom('900001', '900002'),
    status: fc.constantFrom<'open' | 'filled' | 'canceled'>('open', 'filled', 'canceled'),
    filled: fc.constant('0.002' as Decimal),
    fills: fc.subarray([...fills]),
  });
  const attempt = fc.integer({ min: 1, max: 4 });
  const refusal = { reason: 'r', message: 'm' };
  const commands = fc.array(
    fc.oneof(
      attempt.map((n): TradeCommand => ({
        type: 'Submit',
        data: {
          attempt: n,
          leg: 'e0',
          order: { clientOrderId: 'c', symbol: 'BTCUSDT', side: 'buy' },
          now: Date.UTC(2026, 0, 15, 12),
          timestamp: n,
          recvWindow: 5_000,
          paramsHash: 'ab'.repeat(32),
          resendAfterAbsence: true,
          absenceIsProof: true,
          purpose: 'open',
          maxAgeMs: 60_000,
        },
      })),
      attempt.map((n): TradeCommand => ({
        type: 'RecordNotSent',
        data: { attempt: n, ...refusal, ...(n === 4 ? { final: true, absenceIsProof: true } : { final: false }) },
      })),
      attempt.map((n): TradeCommand => ({ type: 'RecordTurnedAway', data: { attempt: n, ...refusal } })),
      attempt.map((n): TradeCommand => ({ type: 'RecordRejected', data: { attempt: n, ...refusal, absenceIsProof: true } })),
      attempt.map((n): TradeCommand => ({
        type: 'RecordUnknown',
        data: { attempt: n, cause: 'timeout', venueSaidUnknown: false },
      })),
      attempt.map((n): TradeCommand => ({ type: 'RecordAbsence', data: { attempt: n, lookups: 3 } })),
      fc
        .tuple(attempt, snapshot)
        .map(([n, order]): TradeCommand => ({ type: 'RecordOrder', data: { attempt: n, order, foundBy: 'lookup' } })),
    ),
    { maxLength: 40 },
  );

  const giveAll = (given: readonly TradeCommand[]): readonly TradeEvent[] =>
    given.reduce<readonly TradeEvent[]>(
      (events, command) => {
        try {
          return run(events, [command]);
        } catch {
          return events; // refused: a defect of the caller leaves no trace
        }
      },
      [requested],
    );

  it('sends a second attempt only after proof that the one before it is not at the venue', () => {
    fc.assert(
      fc.property(commands, (given) => {
        const events = giveAll(given);
        events.forEach((event, i) => {
          if (event.type !== 'OrderSubmitted' || event.data.attempt === 1) return;
          const before = events.slice(0, i).findLast(({ type }) => type !== 'OrderFilled');
          expect(['OrderNotSent', 'OrderTurnedAway', 'OrderAbsenceProven']).toContain(before?.type);
        });
      }),
    );
  });

  it('never submits more than three attempts that may have left', () => {
    fc.assert(
      fc.property(commands, (given) => {
        const events = giveAll(given);
        const count = (type: TradeEvent['type']) => events.filter((event) => event.type === type).length;
        expect(count('OrderSubmitted') - count('OrderNotSent')).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('closes an order once', () => {
    fc.assert(
      fc.property(commands, (given) => {
        expect(giveAll(given).filter(({ type }) => type === 'OrderClosed').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
