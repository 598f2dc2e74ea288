import { partitionOf } from '@latchkey/contracts';
import {
  clientOrderIdOf,
  decimal,
  isPositive,
  newId,
  sum,
  zero,
  type SignalId,
  type StrategyId,
  type TradeId,
} from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { defaultAges } from '../domain/trade/policy.js';
import { paramsHash, receivedAtMs, userId } from '../domain/trade/testing/trade-facts.js';
import { signalReceived } from '../testing/executor-fixture.js';
import { memoryStore } from '../testing/memory-store.js';
import { fanOut } from './fan-out.js';
import { legOf } from './plan-exit.js';
import type { Exchange, SignedCall } from './ports/exchange.js';
import { noStreams } from './ports/order-streams.js';
import type { Vault } from './ports/vault.js';
import type { OrderDraft } from '../domain/trade/commands.js';
import { createBalances } from './balances.js';
import { createPositionModes } from './position-modes.js';
import { freePermits } from './rate-limits/testing/free-permits.js';
import { runTrade } from './run-trade.js';
import type { TradeDeps } from './trade-run.js';
import { createTurns } from './turns.js';
import { btcRules as rules } from '../domain/sizing/testing/btc-rules.js';
import { createVaultGate } from './vault-gate.js';

const lane = 'user-1/binance/live/spot/BTCUSDT';
const of = (tradeId: string, over: { readonly lane?: string; readonly strategyId?: string } = {}) => ({
  tradeId: tradeId as TradeId,
  lane,
  strategyId: 'one' as StrategyId,
  ...(over as object),
});

describe('the turn of a following', () => {
  it('belongs to one of its trades until that one leaves it', () => {
    const turns = createTurns();
    expect([turns.take(of('a')), turns.take(of('a')), turns.take(of('b')), turns.isFree(of('b'))]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    turns.leave(of('b'));
    expect(turns.isFree(of('b'))).toBe(false);
    turns.leave(of('a'));
    expect(turns.take(of('b'))).toBe(true);
  });

  it('is nothing to other followings, and to other symbols', () => {
    const turns = createTurns();
    turns.take(of('a'));
    expect([turns.take(of('b', { strategyId: 'two' })), turns.take(of('c', { lane: `${lane}T` }))]).toEqual([true, true]);
  });
});

const price = decimal('60000');

const ticks = async (count: number): Promise<void> => {
  for (let tick = 0; tick < count; tick += 1) await Promise.resolve();
};

/** A following that owns 0.006 BTC, an exit of it that rests, and a sell that came after: both are worked on at the same time. */
const scene = async () => {
  const clock = manualClock(receivedAtMs);
  const store = memoryStore(clock);
  const strategyId = newId<StrategyId>();
  const sizing = { mode: 'quote_amount', value: decimal('360') } as const;
  const validFrom = new Date(receivedAtMs - 1_000).toISOString();
  store.follow({ userId, strategyId, exchange: 'binance', environment: 'live', marketType: 'spot', sizing, validFrom });
  const partition = `partition-p${String(partitionOf(userId)).padStart(2, '0')}`;
  const [lease] = await store.leasesOf('spec', 600_000).claim([partition], 1);
  if (!lease) throw new TypeError('the partition is free');
  const receivedAt = new Date(receivedAtMs).toISOString();
  const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
  const request = async (action: 'buy' | 'sell' | 'exit', sequence: number): Promise<TradeId> => {
    const signalId = newId<SignalId>();
    const signal = { market, actions: [{ action, orderType: 'market' }] } as never;
    await fanOut(store.fanOut)(store.tx, signalReceived(strategyId, { signalId, sequence, receivedAt, signal }));
    const row = store.rows().find((one) => one.request.signalId === signalId);
    return row!.request.tradeId;
  };
  const trade = async (tradeId: TradeId, side: 'buy' | 'sell', filled: string, covers?: readonly TradeId[]): Promise<void> => {
    const order = { clientOrderId: clientOrderIdOf(tradeId, legOf(0)), symbol: 'BTCUSDT', side, amount: decimal(filled) };
    const proof = { resendAfterAbsence: true, absenceIsProof: true, purpose: side === 'buy' ? 'open' : 'close' } as const;
    const at = { now: clock.now(), timestamp: clock.now(), recvWindow: 5_000, paramsHash, maxAgeMs: 60_000 };
    const data = { attempt: 1, leg: legOf(0), order, ...at, ...proof, ...(covers && { covers }) };
    const sent = await store.trades.apply(await store.trades.load(tradeId), { type: 'Submit', data }, lease);
    const placed = { orderId: `v-${tradeId}`, status: 'filled', filled: decimal(filled), fills: [] } as const;
    await store.trades.apply(sent.after, { type: 'RecordOrder', data: { attempt: 1, order: placed, foundBy: 'answer' } }, lease);
  };
  await trade(await request('buy', 1), 'buy', '0.01');
  const exit = await request('exit', 2);
  await trade(exit, 'sell', '0.004', []);
  const sell = await request('sell', 3);

  const closings: { readonly clientOrderId: string; readonly amount: string }[] = [];
  const vault: Pick<Vault, 'sign' | 'state'> = {
    state: async () => 'signing',
    sign: async () => ({ outcome: 'signed', apiKey: 'key', signature: 'signature', signedAt: clock.now() }),
  };
  let orders = 0;
  const exchange = {
    resendAfterAbsence: true,
    absenceIsProof: true,
    clock: { now: () => clock.now(), resync: () => undefined },
    pausedUntil: () => 0,
    rules: () => rules,
    // Long enough for whoever else may decide at this moment to have read what is owned.
    price: async () => {
      await ticks(300);
      return price;
    },
    submit: async (order: OrderDraft, { authorize }: SignedCall) => {
      if (!(await authorize('payload'))) return { outcome: 'not_sent', reason: 'order.withheld', message: 'Nothing was sent.' };
      orders += 1;
      const amount = order.amount ?? zero;
      return { outcome: 'placed', order: { orderId: `v${orders}`, status: 'filled', filled: amount, fills: [] } };
    },
  } as unknown as Exchange;
  const deps = {
    trades: {
      ...store.trades,
      apply: async (...[before, command, under]: Parameters<TradeDeps['trades']['apply']>) => {
        const done = await store.trades.apply(before, command, under);
        if (command.type === 'Submit' && command.data.purpose === 'close' && isPositive(command.data.order.amount ?? zero))
          closings.push({ clientOrderId: command.data.order.clientOrderId, amount: command.data.order.amount ?? zero });
        return done;
      },
    },
    exchanges: () => exchange,
    vault,
    gate: createVaultGate({ clock, stateOf: async () => 'signing' }),
    positionModes: createPositionModes(),
    balances: createBalances({ vault, clock }),
    streams: noStreams,
    holdings: store.holdings,
    turns: createTurns(),
    ages: defaultAges,
    clock,
    pause: async (ms: number) => clock.advance(ms),
    permits: freePermits,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    mayTrade: () => true,
    restoredAt: async () => undefined,
  } as unknown as TradeDeps;
  return { exit, sell, closings, store, run: (tradeId: TradeId) => runTrade(deps)(tradeId, lease) };
};

describe('an exit that rests, and a sell of the same following beside it', () => {
  it.each(['exit', 'sell'] as const)('close what is owned once between them, when the %s is first', async (first) => {
    const { exit, sell, closings, store, run } = await scene();
    const [one, other] = first === 'exit' ? [exit, sell] : [sell, exit];
    const running = run(one);
    // It has decided by then, and waits for the price.
    await ticks(100);
    await Promise.all([running, run(other)]);
    expect(sum(closings.map(({ amount }) => decimal(amount)))).toBe('0.006');
    expect(closings.map(({ clientOrderId }) => clientOrderId)).toEqual([
      first === 'exit' ? clientOrderIdOf(exit, legOf(1)) : clientOrderIdOf(sell, legOf(0)),
    ]);
    expect(store.open()).toBe(0);
  });
});
