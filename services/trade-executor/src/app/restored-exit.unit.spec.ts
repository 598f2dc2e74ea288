import { clientOrderIdOf, decimal, entryLeg } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { unknownParams } from '../domain/trade/policy.js';
import { receivedAtMs, tradeId } from '../domain/trade/testing/trade-facts.js';
import { legOf } from './plan-exit.js';
import type { LookupAnswer } from './ports/exchange.js';
import { playTrade, type Answer } from './testing/trade-bench.js';

const canceled: Answer = { outcome: 'placed', order: { orderId: '1', status: 'canceled', filled: decimal('0.1'), fills: [] } };
const rest: Answer = { outcome: 'placed', order: { orderId: '2', status: 'filled', filled: decimal('0.2'), fills: [] } };

/** Its first order closed a part; then the database was restored, and may have lost what came after. */
const play = (lookup?: LookupAnswer) =>
  playTrade({
    request: { action: 'exit' },
    answer: (_order, seconds) => (seconds === 0 ? canceled : rest),
    holding: (seconds) => ({
      owned: decimal(seconds === 0 ? '0.3' : '0.2'),
      lastSequence: undefined,
      laterActionSent: false,
      others: [],
    }),
    restoredAt: (seconds) => (seconds > 0 ? receivedAtMs + 100 : undefined),
    ...(lookup && { lookup: () => lookup }),
  });

const suspected = ({ events }: Awaited<ReturnType<typeof play>>) =>
  events.flatMap(({ type, data }) => (type === 'OrderSubmitted' && data.paramsHash === unknownParams ? [data] : []));

describe('an exit that rests while the database is restored', () => {
  it('looks once for the order that may be lost, and goes on with that one when it is absent', async () => {
    const played = await play();
    expect(suspected(played)).toMatchObject([{ leg: 'e1', attempt: 1, clientOrderId: clientOrderIdOf(tradeId, legOf(1)) }]);
    expect(played.sent.map(({ order }) => order.clientOrderId)).toEqual([
      clientOrderIdOf(tradeId, entryLeg),
      clientOrderIdOf(tradeId, legOf(1)),
    ]);
    expect(played.trade).toMatchObject({ status: 'closed', attempts: 2 });
  });

  it('sends nothing more when it is found', async () => {
    const order = { orderId: '2', status: 'filled', filled: decimal('0.2'), fills: [] } as const;
    const played = await play({ outcome: 'found', order });
    expect(suspected(played)).toHaveLength(1);
    expect(played.sent).toHaveLength(1);
    expect(played.trade).toMatchObject({ status: 'closed' });
  });
});
