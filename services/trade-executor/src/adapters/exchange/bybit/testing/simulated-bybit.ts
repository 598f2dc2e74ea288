import { createHmac, randomBytes } from 'node:crypto';
import type { Environment, MarketType } from '@latchkey/contracts';
import { startSimulator } from '@latchkey/exchange-simulator';
import { clientOrderIdOf, decimal, entryLeg, newId, systemClock, type TradeId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import type { RateLimiter } from '../../../../app/rate-limits/rate-limiter.js';
import type { Exchange, SignedCall } from '../../../../app/ports/exchange.js';
import type { OrderDraft } from '../../../../domain/trade/commands.js';
import { openBybit } from '../bybit.js';
import { apiKeyMark } from '../bybit-wire.js';
import { tapWire } from '../../testing/wire-tap.js';
import { controlOf } from '../../testing/simulator-control.js';

export type BybitAccount = { readonly apiKey: string; readonly apiSecret: string };
type BookEntry = {
  readonly apiKey: string;
  readonly market: MarketType;
  readonly side: string;
  readonly clientOrderId: string;
  readonly status: string;
  readonly amount: string;
};

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
const createPath = '/v5/order/create';

/** What the vault does: it puts the account's key where the mark stands, and signs the whole. */
export const signWith =
  ({ apiKey, apiSecret }: BybitAccount) =>
  async (payload: string) => ({
    apiKey,
    signature: createHmac('sha256', apiSecret).update(payload.replace(apiKeyMark, apiKey)).digest('hex'),
    signedAt: systemClock.now(),
  });

type Played = {
  readonly timeoutMs?: number;
  readonly recvWindow?: number;
  readonly environment?: Environment;
  readonly permits?: RateLimiter;
};

/** A running simulator, its control API, and our client of its Bybit. */
export const simulatedBybit = async ({ timeoutMs = 1_500, recvWindow = 5_000, environment = 'live', permits }: Played = {}) => {
  // Its address limit has specs of its own; here hundreds of accounts share an address within seconds.
  const simulator = await startSimulator({ ports: {}, bybitLimits: { requestsPer5Seconds: 1_000_000 } });
  const control = controlOf(simulator);
  const wire = await tapWire(simulator.urls.bybit);
  const redirectTo = wire.url;
  const venue = await openBybit({
    environment,
    clock: systemClock,
    log: silentLog,
    recvWindow,
    timeoutMs,
    redirectTo,
    ...(permits && { permits }),
  });
  venue.start();
  const marketOf = (marketType: MarketType): Exchange => {
    const found = venue.markets.find((one) => one.marketType === marketType);
    if (!found) throw new TypeError(`there is no ${marketType} market`);
    return found;
  };
  const [spot, linear] = [marketOf('spot'), marketOf('linear')];
  await eventually(
    () => spot.clock.now() !== undefined && [spot, linear].every((market) => market.rules('BTCUSDT') !== 'loading'),
  );

  return {
    spot,
    linear,
    control,
    /** What left for the venue so far, public questions included. */
    seen: wire.seen,
    openAccount: async (over: object = {}): Promise<BybitAccount> => {
      const account = { apiKey: randomBytes(9).toString('hex'), apiSecret: randomBytes(18).toString('hex') };
      await control('POST', '/accounts', { exchange: 'bybit', environment, ...account, ...over });
      return account;
    },
    fault: (kind: string, params: object = {}, over: object = {}) =>
      control('POST', '/faults', { kind, params, path: createPath, ...over }),
    book: () => control<readonly BookEntry[]>('GET', '/orders'),
    callBy: (account: BybitAccount, over: Partial<SignedCall> = {}): SignedCall => ({
      timestamp: spot.clock.now() ?? Number.NaN,
      recvWindow,
      authorize: signWith(account),
      ...over,
    }),
    close: async () => {
      venue.stop();
      await wire.close();
      await simulator.stop();
    },
  };
};

export type SimulatedBybit = Awaited<ReturnType<typeof simulatedBybit>>;

export const newDraft = (over: Partial<OrderDraft> = {}): OrderDraft => ({
  clientOrderId: clientOrderIdOf(newId<TradeId>(), entryLeg),
  symbol: 'BTCUSDT',
  side: 'buy',
  ...('quoteAmount' in over ? {} : { amount: decimal('0.002') }),
  ...over,
});
