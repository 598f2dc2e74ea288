import type { Environment } from '@latchkey/contracts';
import { isAppError, withDeadline, type Clock } from '@latchkey/kernel';
import type { Exchange, SignedCall } from '../../../app/ports/exchange.js';
import { classifyBinanceLookup, classifyBinanceSubmit } from '../../../domain/settlement/classify-binance.js';
import type { Failure } from '../../../domain/settlement/outcome.js';
import { failureOf, runCall, type Call } from '../call-context.js';
import { ExchangeError } from '../exchange-error.js';
import { followVenueClock } from '../venue-clock.js';
import { BinanceClient } from './binance-client.js';
import { createBinanceMarkets } from './binance-markets.js';
import { readFills, readPlacedOrder, readQueriedOrder, readServerTime } from './binance-shapes.js';
import { createClient } from './binance-transport.js';
import { readRestrictions, readTestnetAccount, verificationFailure } from './binance-permissions.js';

type Log = Parameters<typeof followVenueClock>[0]['log'];

export type BinanceSpotOptions = {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly recvWindow: number;
  /** Connect and headers of one request; the whole call, its body included, has half as much again. */
  readonly timeoutMs: number;
  /** Simulated venues only. */
  readonly redirectTo?: string;
};

type Attempted<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

const defaultPauseMs = 10_000;

/**
 * Binance spot of one environment, for all users: one keyless client for markets and time, one for everybody's signed requests.
 *
 * Amounts go to the venue as our exact decimal strings: ccxt's own rounding works on floats and is not used.
 */
export const createBinanceSpot = async (options: BinanceSpotOptions) => {
  const { environment, clock, log, recvWindow, timeoutMs } = options;
  const venue = `binance/${environment}`;
  const open = await createClient(BinanceClient, options, false);
  const signed = await createClient(BinanceClient, options, true);
  const markets = createBinanceMarkets({ client: open, clock, log });
  const venueClock = followVenueClock({
    venue,
    clock,
    log,
    askTime: async () => {
      const time = readServerTime(await open.publicGetTime());
      if (time === undefined) throw new ExchangeError('exchange.answer_unreadable', 'the exchange answered no time');
      return time;
    },
  });
  let pausedUntil = 0;

  /** A limit is the address's, so it is everybody's: the whole venue waits. */
  const pauseIfLimited = ({ http, retryAfterMs = defaultPauseMs }: Failure): void => {
    if (http !== 429 && http !== 418) return;
    pausedUntil = Math.max(pausedUntil, clock.now() + retryAfterMs);
    log.warn({ venue, retryAfterMs }, 'the exchange limits our requests; all of them wait');
  };

  const run = async <T>(
    call: SignedCall,
    request: () => Promise<unknown>,
    read: (body: unknown) => T | undefined,
  ): Promise<Attempted<T>> => {
    const whole = async (current: Call) => {
      try {
        return await withDeadline('the answer of the exchange', timeoutMs * 1.5, request);
      } finally {
        current.ended = true; // a request that outlived its deadline must not leave any more
      }
    };
    const result = await runCall(call, { clock, venueNow: () => venueClock.now() }, whole);
    const value = result.ok ? read(result.value) : undefined;
    if (value !== undefined) return { ok: true, value };
    const failure =
      result.ok || !isAppError(result.error, 'exchange.withheld')
        ? failureOf(result.call, causeOf(result))
        : withheld(result.error);
    pauseIfLimited(failure);
    return { ok: false, failure };
  };

  const exchange: Exchange = {
    exchange: 'binance',
    environment,
    marketType: 'spot',
    resendAfterAbsence: true, // spot checks the window again just before its engine
    clock: venueClock,
    pausedUntil: () => (pausedUntil > clock.now() ? pausedUntil : 0),
    rules: markets.rules,
    price: markets.price,

    submit: async (order, call) => {
      const { clientOrderId, symbol, side, amount, quoteAmount } = order;
      const size = amount === undefined ? { quoteOrderQty: quoteAmount } : { quantity: amount };
      const params = {
        symbol,
        side: side.toUpperCase(),
        type: 'MARKET',
        ...size,
        newClientOrderId: clientOrderId,
        newOrderRespType: 'FULL',
      };
      const answer = await run(
        call,
        () => signed.privatePostOrder(params),
        (body) => readPlacedOrder(body, clientOrderId),
      );
      if (answer.ok) return { outcome: 'placed', order: answer.value };
      const outcome = classifyBinanceSubmit(answer.failure);
      if (outcome.outcome === 'turned_away' && outcome.resyncClock) venueClock.resync();
      return outcome;
    },

    lookup: async ({ symbol, clientOrderId }, call) => {
      const answer = await run(
        call,
        () => signed.privateGetOrder({ symbol, origClientOrderId: clientOrderId }),
        (body) => readQueriedOrder(body, clientOrderId),
      );
      return answer.ok ? { outcome: 'found', order: answer.value } : classifyBinanceLookup(answer.failure);
    },

    fills: async ({ symbol, orderId }, call) => {
      const answer = await run(call, () => signed.privateGetMyTrades({ symbol, orderId }), readFills);
      return answer.ok ? answer.value : [];
    },

    verifyKey: async (call) => {
      const answer =
        environment === 'testnet'
          ? await run(call, () => signed.privateGetAccount(), readTestnetAccount)
          : await run(call, () => signed.sapiGetAccountApiRestrictions(), readRestrictions);
      return answer.ok ? answer.value : verificationFailure(answer.failure);
    },
  };

  return {
    exchange,
    recvWindow,
    /** Does not wait for a venue that is away: it is asked until it answers. */
    start: (): void => {
      void venueClock.start();
      void markets.start();
    },
    stop: (): void => {
      venueClock.stop();
      markets.stop();
    },
  };
};

const withheld = ({ message }: Error): Failure => ({ sent: false, cause: 'withheld', withheld: message });

const causeOf = (result: { readonly ok: boolean; readonly error?: unknown }): string => {
  if (result.ok) return 'unreadable_body';
  return isAppError(result.error, 'kernel.deadline_exceeded') ? 'timeout' : 'transport_error';
};
