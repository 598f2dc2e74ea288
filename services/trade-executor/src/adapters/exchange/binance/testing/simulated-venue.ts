import { createHmac, randomBytes } from 'node:crypto';
import { startSimulator } from '@latchkey/exchange-simulator';
import { clientOrderIdOf, decimal, entryLeg, newId, systemClock, type TradeId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import type { SignedCall } from '../../../../app/ports/exchange.js';
import type { OrderDraft } from '../../../../domain/trade/commands.js';
import type { OpenVenue, Venue, VenueOptions } from '../../venue.js';
import { openBinanceSpot } from '../binance-spot.js';
import { controlOf } from '../../testing/simulator-control.js';

export type VenueAccount = { readonly apiKey: string; readonly apiSecret: string };
export type BookEntry = {
  readonly apiKey: string;
  readonly clientOrderId: string;
  readonly status: string;
  readonly amount: string;
};

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What the vault would sign, with the account's secret: specs of the adapter play the vault. */
export const signWith =
  ({ apiKey, apiSecret }: VenueAccount) =>
  async (payload: string) => ({
    apiKey,
    signature: createHmac('sha256', apiSecret).update(payload).digest('hex'),
    signedAt: systemClock.now(),
  });

type VenueSettings = {
  readonly timeoutMs?: number;
  readonly recvWindow?: number;
  readonly open?: OpenVenue;
  /** Where faults are set unless they say otherwise. */
  readonly orderPath?: string;
  /** Stands between our client and the simulator. */
  readonly through?: (url: string) => Promise<string>;
  readonly routes?: VenueOptions['routes'];
};

/** A running simulator, its control API, and our client of it. */
export const simulatedVenue = async ({
  timeoutMs = 1_500,
  recvWindow = 5_000,
  open = openBinanceSpot,
  orderPath = '/api/v3/order',
  through = async (url) => url,
  routes,
}: VenueSettings = {}) => {
  const unlimited = { weightPerMinute: 1_000_000, orders: { per10Seconds: 1_000, perMinute: 10_000 } };
  const simulator = await startSimulator({ ports: {}, binanceLimits: { weightPerMinute: 1_000_000, usdm: unlimited } });
  const control = controlOf(simulator);
  const redirectTo = await through(simulator.urls.binance);
  const openMarket = async (opening: OpenVenue) => {
    const venue = await opening({
      environment: 'live',
      clock: systemClock,
      log: silentLog,
      recvWindow,
      timeoutMs,
      redirectTo,
      ...(routes && { routes }),
    });
    venue.start();
    running.push(venue);
    const [exchange] = venue.markets;
    if (!exchange) throw new TypeError('the venue has no market');
    await eventually(() => exchange.clock.now() !== undefined && exchange.rules('BTCUSDT') !== 'loading');
    return exchange;
  };
  const running: Venue[] = [];
  const exchange = await openMarket(open);

  const openAccount = async (over: object = {}): Promise<VenueAccount> => {
    const account = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
    await control('POST', '/accounts', { exchange: 'binance', ...account, ...over });
    return account;
  };
  return {
    exchange,
    /** Another market of the same simulated venue. */
    openMarket,
    simulator,
    control,
    openAccount,
    fault: (kind: string, params: object = {}, over: object = {}) =>
      control('POST', '/faults', { kind, params, path: orderPath, ...over }),
    book: () => control<readonly BookEntry[]>('GET', '/orders'),
    callBy: (account: VenueAccount, over: Partial<SignedCall> = {}): SignedCall => ({
      timestamp: exchange.clock.now() ?? Number.NaN,
      recvWindow,
      authorize: signWith(account),
      ...over,
    }),
    close: async () => {
      for (const venue of running) venue.stop();
      await simulator.stop();
    },
  };
};

export type SimulatedVenue = Awaited<ReturnType<typeof simulatedVenue>>;

export const newOrder = (over: Partial<OrderDraft> = {}): OrderDraft => ({
  clientOrderId: clientOrderIdOf(newId<TradeId>(), entryLeg),
  symbol: 'BTCUSDT',
  side: 'buy',
  quoteAmount: decimal('120'),
  ...over,
});
