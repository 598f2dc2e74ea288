import { clientOrderIdOf, decimal, entryLeg, replay, type Leg, type TradeId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { CommandOf, OrderSnapshot, TradeCommand } from './commands.js';
import { tradeDecider } from './decide.js';
import type { TradeEvent } from './events.js';
import { filledAmount, statusOf } from './figures.js';
import { ownedChange } from './owned.js';
import { supersededByExit, unprovenOf } from './policy.js';
import { isResting } from './state.js';
import * as facts from './testing/trade-facts.js';
import { figuresOf } from './view.js';

const trade = specFor(tradeDecider);
const { requested, submitted, notSent, turnedAway, unknown, absenceProven, accepted, filled, fill, closed, rejected } = facts;
const exitId = '0192f0c1-9999-5999-8999-000000000009' as TradeId;
const ids = { tradeId: facts.tradeId, userId: facts.userId };

const withdraw = (absenceIsProof = true): TradeCommand => ({ type: 'WithdrawResend', data: { by: exitId, absenceIsProof } });
const withdrawn: TradeEvent = { type: 'ResendWithdrawn', v: 1, data: { ...ids, by: exitId } };
const superseded = facts.denied(supersededByExit.reason, supersededByExit.message);
const unproven = facts.expired(unprovenOf({ action: 'buy' }).reason, unprovenOf({ action: 'buy' }).message);

const submit = (attempt: number, over: Partial<CommandOf<'Submit'>> = {}): TradeCommand => ({
  type: 'Submit',
  data: {
    attempt,
    leg: entryLeg,
    order: facts.order,
    now: facts.receivedAtMs + 1_000,
    maxAgeMs: 60_000,
    timestamp: facts.timestampOf(attempt),
    recvWindow: 5_000,
    paramsHash: facts.paramsHash,
    resendAfterAbsence: true,
    absenceIsProof: true,
    purpose: 'open',
    ...over,
  },
});

describe('an entry that an exit of its following comes after', () => {
  it('ends at once while nothing of it was sent', () => {
    trade.given(requested).when(withdraw()).then(superseded);
    trade.given(requested, submitted(1), notSent(1)).when(withdraw()).then(superseded);
    trade.given(requested, submitted(1), turnedAway(1)).when(withdraw()).then(superseded);
    trade.given(requested, submitted(1), unknown(1), absenceProven(1)).when(withdraw()).then(superseded);
  });

  it('is not called denied while its order may still appear', () => {
    trade.given(requested, submitted(1), unknown(1), absenceProven(1)).when(withdraw(false)).then(unproven);
  });

  it('loses the right to be sent again, once, while its outcome is open', () => {
    trade.given(requested, submitted(1)).when(withdraw()).then(withdrawn);
    trade.given(requested, submitted(1), unknown(1)).when(withdraw()).then(withdrawn);
    trade.given(requested, submitted(1), unknown(1), withdrawn).when(withdraw()).thenNothing();
  });

  it('is not sent again, whatever its outcome was', () => {
    for (const outcome of [[notSent(1)], [turnedAway(1)], [unknown(1), absenceProven(1)]])
      trade
        .given(requested, submitted(1), withdrawn, ...outcome)
        .when(submit(2))
        .then(superseded);
    trade
      .given(requested, submitted(1), unknown(1), withdrawn, absenceProven(1))
      .when(submit(2, { absenceIsProof: false }))
      .then(unproven);
  });

  it('is recorded like any other when it turns up', () => {
    const order: OrderSnapshot = { orderId: '900001', status: 'filled', filled: decimal('0.001'), fills: [fill('1')] };
    trade
      .given(requested, submitted(1), unknown(1), withdrawn)
      .when({ type: 'RecordOrder', data: { attempt: 1, order, foundBy: 'lookup' } })
      .then(
        { ...accepted(1, 'lookup'), data: { ...ids, leg: 'e0', attempt: 1, orderId: '900001', foundBy: 'lookup' } } as TradeEvent,
        filled(fill('1')),
        closed('filled', '0.001'),
      );
  });

  it('is left alone once it stands or has ended', () => {
    trade.given(requested, submitted(1), accepted(1)).when(withdraw()).thenNothing();
    trade.given(requested, submitted(1), rejected(1)).when(withdraw()).thenNothing();
    trade.given(requested, facts.denied('a', 'b')).when(withdraw()).thenNothing();
  });
});

const exit: TradeEvent = { ...requested, data: { ...facts.request, action: 'exit' } } as TradeEvent;
const sell = { ...facts.order, side: 'sell', quoteAmount: undefined, amount: decimal('0.002') } as const;
const leg = (name: string, over: object = {}): TradeEvent => {
  const { quoteAmount: _, ...order } = sell;
  return { type: 'OrderSubmitted', v: 1, data: { ...submitted(1).data, ...order, leg: name, ...over } } as TradeEvent;
};
const on = (name: string, event: TradeEvent): TradeEvent => ({ ...event, data: { ...event.data, leg: name } }) as TradeEvent;
const complete: TradeCommand = { type: 'CompleteExit', data: { reason: 'nothing_to_close', message: 'Nothing is left.' } };
const completed: TradeEvent = {
  type: 'ExitCompleted',
  v: 1,
  data: { ...ids, reason: 'nothing_to_close', message: 'Nothing is left.' },
};
const covers = { covers: [exitId] };

describe('an exit', () => {
  it('that covered nothing is over with its order', () => {
    const state = replay(tradeDecider, [exit, leg('e0'), accepted(), filled(fill('1', '0.002')), closed('filled', '0.002')]);
    expect(state.status).toBe('closed');
    expect(ownedChange(state)).toBe('-0.002');
    trade.given(exit, leg('e0'), rejected()).when(complete).thenNothing();
  });

  const rest = [exit, leg('e0', covers), accepted(), filled(fill('1', '0.002')), closed('filled', '0.002')];

  it('that covered what was unknown goes on, with an order of another id', () => {
    trade
      .given(...rest)
      .when(submit(1, { leg: 'e1', purpose: 'close' }))
      .then({ ...submitted(1), data: { ...submitted(1, 'close').data, leg: 'e1' } } as TradeEvent);
    trade
      .given(...rest)
      .when(submit(1, { leg: 'e0', purpose: 'close' }))
      .thenFails('trade.attempt_out_of_order');
    trade
      .given(...rest)
      .when(submit(2, { leg: 'e1', purpose: 'close' }))
      .thenFails('trade.attempt_out_of_order');
  });

  it('is completed when nothing is left, and then places no order any more', () => {
    trade
      .given(...rest)
      .when(complete)
      .then(completed);
    trade
      .given(...rest, completed)
      .when(submit(1, { leg: 'e1', purpose: 'close' }))
      .thenNothing();
    trade
      .given(...rest, completed)
      .when(complete)
      .thenNothing();
    expect(statusOf(replay(tradeDecider, [...rest, completed]))).toBe('filled');
    expect(statusOf(replay(tradeDecider, [exit, leg('e0', covers), rejected(), completed]))).toBe('denied');
  });

  it('goes on after an order that the venue ended early', () => {
    const state = replay(tradeDecider, [exit, leg('e0'), accepted(), closed('canceled', '0.001')]);
    expect(state).toMatchObject({ status: 'requested', waiting: 'rest' });
    expect(statusOf(tradeDecider.evolve(state, completed))).toBe('canceled');
  });

  it('whose second order may still appear is looked for, though the first closed something', () => {
    const second = [exit, leg('e0'), accepted(), closed('canceled', '0.001'), leg('e1'), on('e1', unknown(1))];
    const lost = [...second, on('e1', absenceProven(1)), unproven];
    // What the first one closed is closed, and the reason says what is not known.
    expect(figuresOf(replay(tradeDecider, lost), 'e0', 'none')).toMatchObject({
      status: 'canceled',
      reason: 'unproven',
      filled: '0.001',
      amount: '0.003',
      orders: [
        { leg: 'e0', status: 'canceled', filled: '0.001' },
        { leg: 'e1', status: 'expired', filled: '0' },
      ],
    });
    const found: OrderSnapshot = { orderId: '900002', status: 'filled', filled: decimal('0.001'), fills: [] };
    const late = tradeDecider.decide(
      { type: 'RecordOrder', data: { attempt: 1, order: found, foundBy: 'lookup' } },
      replay(tradeDecider, lost),
    );
    const state = replay(tradeDecider, [...lost, ...late]);
    expect([statusOf(state), filledAmount(state)]).toEqual(['filled', '0.002']);
    // What is no riddle keeps what it closed for its status.
    expect(statusOf(replay(tradeDecider, [...second.slice(0, 4), facts.denied('a', 'b')]))).toBe('canceled');
  });

  it('that has found nothing proven is deferred once, and keeps its attempts', () => {
    const data = { reason: 'venue.order_not_found', message: 'Something may turn up.' };
    const defer: TradeCommand = { type: 'DeferExit', data };
    const deferred: TradeEvent = { type: 'ExitDeferred', v: 1, data: { ...ids, ...data } };
    trade.given(exit).when(defer).then(deferred);
    trade.given(exit, deferred).when(defer).thenNothing();
    trade
      .given(...rest)
      .when(defer)
      .thenNothing();
    trade.given(requested).when(defer).thenNothing();
    trade.given(exit, leg('e0')).when(defer).thenNothing();
    const resting = (...events: readonly TradeEvent[]) => isResting(replay(tradeDecider, events));
    expect([resting(exit), resting(exit, deferred), resting(exit, deferred, leg('e0')), resting(...rest)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    const again = [exit, leg('e0'), on('e0', facts.turnedAway())];
    trade
      .given(...again, deferred)
      .when(submit(2, { leg: 'e0', purpose: 'close' }))
      .then({ ...submitted(2), data: { ...submitted(2, 'close').data, leg: 'e0' } } as TradeEvent);
  });

  it('counts all of its orders, and late fills of one that has ended', () => {
    const second = [
      ...rest,
      leg('e1'),
      on('e1', { ...accepted(), data: { ...accepted().data, orderId: '900002' } } as TradeEvent),
      on('e1', filled({ ...fill('2', '0.003'), orderId: '900002' })),
    ];
    expect(filledAmount(replay(tradeDecider, second))).toBe('0.005');
    const late = fill('3', '0.001');
    trade
      .given(...second)
      .when({ type: 'RecordFills', data: { fills: [late, fill('1', '0.002')] } })
      .then(on('e0', filled(late)));
    const state = replay(tradeDecider, [...second, on('e0', filled(late)), on('e0', filled(late))]);
    expect(filledAmount(state)).toBe('0.006');
    expect(state).toMatchObject({ status: 'accepted', attempt: { leg: 'e1' } });
  });

  it('may be sent at an age at which an entry expires', () => {
    const now = facts.receivedAtMs + 599_000;
    trade
      .given(exit)
      .when(submit(1, { now, maxAgeMs: 600_000, purpose: 'close' }))
      .then(submitted(1, 'close'));
    trade
      .given(exit)
      .when(submit(1, { now: now + 2_000, maxAgeMs: 600_000, purpose: 'close' }))
      .then(facts.expired('signal_too_old', 'The signal was older than 600 s before it could be sent.'));
  });

  it('that a restored database had lost is known by the side that the venue shows', () => {
    const found: OrderSnapshot = { orderId: '900001', status: 'filled', side: 'buy', filled: decimal('0.001'), fills: [] };
    const lost = [exit, leg('e0'), unknown(1)];
    const state = lost.concat(
      tradeDecider.decide(
        { type: 'RecordOrder', data: { attempt: 1, order: found, foundBy: 'lookup' } },
        replay(tradeDecider, lost),
      ),
    );
    expect(ownedChange(replay(tradeDecider, state))).toBe('0.001');
  });
});

describe('an exit in a database that was restored', () => {
  const partly = [exit, leg('e0'), accepted(), filled(fill('1', '0.001')), closed('canceled', '0.001')];
  const second = 'e1' as Leg;
  const suspect = (name: Leg): TradeCommand => ({
    type: 'SuspectLostAttempt',
    data: { leg: name, timestamp: facts.timestampOf(2), recvWindow: 5_000, side: 'sell' },
  });

  it('is suspected of the order after those that have ended, as its first attempt and under its own id', () => {
    const [lost] = tradeDecider.decide(suspect(second), replay(tradeDecider, partly));
    expect(lost?.data).toMatchObject({ leg: 'e1', attempt: 1, clientOrderId: clientOrderIdOf(facts.tradeId, second) });
  });

  it('is not suspected of one that has ended', () => {
    trade
      .given(...partly)
      .when(suspect(entryLeg))
      .thenFails('trade.attempt_out_of_order');
  });
});
