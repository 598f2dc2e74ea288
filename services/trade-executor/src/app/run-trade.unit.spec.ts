import { decimal } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { tradeDecider } from '../domain/trade/decide.js';
import { receivedAtMs, requested, tradeId } from '../domain/trade/testing/trade-facts.js';
import type { Exchange, SignedCall } from './ports/exchange.js';
import type { LoadedTrade, Trades } from './ports/trades.js';
import { createPositionModes } from './position-modes.js';
import { runTrade } from './run-trade.js';
import type { TradeDeps } from './trade-run.js';
import { createVaultGate } from './vault-gate.js';

type Answer = Awaited<ReturnType<Exchange['submit']>>;
const placed: Answer = { outcome: 'placed', order: { orderId: '1', status: 'filled', filled: decimal('0.1'), fills: [] } };
const unreachable: Answer = { outcome: 'not_sent', reason: 'venue.unreachable', message: 'Nothing was sent.' };

/** One requested trade, a venue that answers by the seconds since the signal, and a clock that only pauses move. */
const tradeAt = async (answerAt: (seconds: number) => Answer) => {
  const clock = manualClock(receivedAtMs);
  const seconds = () => (clock.now() - receivedAtMs) / 1_000;
  let now = {
    tradeId,
    trade: tradeDecider.evolve(tradeDecider.initial, requested),
    version: 1,
    last: {},
  } as unknown as LoadedTrade;
  const apply: Trades['apply'] = async (of, command) => {
    const events = tradeDecider.decide(command, of.trade);
    now = { ...of, trade: events.reduce(tradeDecider.evolve, of.trade), version: of.version + events.length };
    return { after: now, events };
  };
  const sentAt: number[] = [];
  const exchange = {
    resendAfterAbsence: true,
    clock: { now: () => clock.now(), resync: () => undefined },
    pausedUntil: () => 0,
    rules: () => ({
      symbol: 'BTCUSDT',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      trading: true,
      takesQuoteAmount: true,
      quotePlaces: 8,
      lots: [],
      notional: {},
    }),
    submit: async (_order: unknown, { authorize }: SignedCall) => {
      await authorize('payload');
      sentAt.push(seconds());
      return answerAt(seconds());
    },
  } as unknown as Exchange;
  const signed = { outcome: 'signed', apiKey: 'key', signature: 'signature', signedAt: receivedAtMs } as const;
  const deps: TradeDeps = {
    trades: { load: async () => now, apply },
    exchanges: () => exchange,
    vault: { sign: async () => signed, isThere: async () => true, completeVerification: () => Promise.reject(new TypeError()) },
    gate: createVaultGate({ clock, isThere: async () => true }),
    positionModes: createPositionModes(),
    clock,
    pause: async (ms) => clock.advance(ms),
    limit: (work) => work(),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    mayTrade: () => true,
    restoredAt: async () => undefined,
  };
  await runTrade(deps)(tradeId, { name: 'partition-p00', epoch: 1 });
  return { trade: now.trade, sentAt, endedAt: seconds() };
};

describe('a venue that cannot be reached', () => {
  it('for half a minute delays the order, and does not use its attempts up', async () => {
    const { trade } = await tradeAt((seconds) => (seconds < 30 ? unreachable : placed));
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
  });

  it('as long as the signal is fresh ends in a trade that expires with that reason, when its minute is over', async () => {
    const { trade, endedAt } = await tradeAt(() => unreachable);
    expect(trade).toMatchObject({ status: 'expired', reason: 'venue.unreachable' });
    expect(Math.round(endedAt)).toBe(60);
  });
});
