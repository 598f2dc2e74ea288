import type { Environment, ExchangeName } from '@latchkey/contracts';
import type { UserId } from '@latchkey/kernel';
import type { Exchanges } from '../../../app/ports/exchange.js';
import type { OrderStreams } from '../../../app/ports/order-streams.js';
import type { KeyVault } from '../../../app/ports/vault.js';
import { recvWindowMs } from '../../../domain/trade/policy.js';
import type { EgressRoute } from '../egress-route.js';
import type { VenueLog } from '../venue.js';
import { createSpotStreams } from './spot-streams.js';
import { createUsdmStreams } from './usdm-streams.js';

export type OrderStreamsOptions = {
  /** Where simulated venues listen; none: the venues themselves. */
  readonly venueUrls: Readonly<Partial<Record<ExchangeName, string>>>;
  readonly exchanges: Exchanges;
  readonly vault: Pick<KeyVault, 'sign'>;
  /** The API key that came with an account's last signature. */
  readonly keyOf: (account: {
    readonly userId: UserId;
    readonly exchange: ExchangeName;
    readonly environment: Environment;
  }) => string | undefined;
  /** The way out of a user's requests, which the streams of their accounts take too. */
  readonly routeOf: (userId: UserId) => EgressRoute;
  readonly random: () => number;
  readonly log: VenueLog;
  /** Shorter in specs of silent sockets. */
  readonly silentAfterMs?: number;
  readonly renewEveryMs?: number;
};

const spotHosts: Readonly<Record<Environment, string>> = {
  live: 'ws-api.binance.com:443',
  testnet: 'ws-api.testnet.binance.vision',
};
const spotPath = '/ws-api/v3';
const usdmHost = 'fstream.binance.com';
const usdmPath = '/private/ws';

/** A simulated venue listens elsewhere, and tells live from testnet by the host that was meant. */
const placeOf = (host: string, path: string, redirectTo: string | undefined) => {
  if (redirectTo === undefined) return { url: `wss://${host}${path}` };
  return { url: `${new URL(redirectTo).origin.replace(/^http/, 'ws')}${path}`, host };
};

/**
 * The private streams of Binance, spot and futures. Bybit's has none of them: what opens it trades without further signature, so the vault does
 * not sign it, and its orders are looked up.
 */
export const openOrderStreams = ({
  venueUrls,
  exchanges,
  vault,
  keyOf,
  routeOf,
  random,
  log,
  silentAfterMs,
  renewEveryMs,
}: OrderStreamsOptions): OrderStreams<Environment> & { readonly accounts: () => number; readonly stop: () => void } => {
  const exchange = 'binance' as const;
  const common = { random, log, ...(silentAfterMs !== undefined && { silentAfterMs }) };

  const spotOf = (environment: Environment, route: EgressRoute) => {
    const venue = exchanges({ exchange, environment, marketType: 'spot' });
    return (
      venue &&
      createSpotStreams({
        ...common,
        ...placeOf(spotHosts[environment], spotPath, venueUrls.binance),
        route,
        clock: venue.clock,
        recvWindow: recvWindowMs,
        authorize: async (userId, payload) => {
          const account = { userId: userId as UserId, exchange, environment, marketType: 'spot' } as const;
          const signed = await vault.sign({ purpose: 'stream', ...account, payload });
          return signed.outcome === 'signed' ? signed : undefined;
        },
      })
    );
  };
  const spot = new Map<string, ReturnType<typeof spotOf>>();
  const spotBy = (environment: Environment, route: EgressRoute) => {
    const name = `${environment} ${route.address}`;
    if (!spot.has(name)) spot.set(name, spotOf(environment, route));
    return spot.get(name);
  };
  const listenKeys = exchanges({ exchange, environment: 'live', marketType: 'linear' })?.listenKeys;
  const usdm =
    listenKeys &&
    createUsdmStreams({
      ...common,
      ...placeOf(usdmHost, usdmPath, venueUrls.binance),
      listenKeys,
      routeOf: (userId) => routeOf(userId as UserId),
      keyOf: (userId) => keyOf({ userId: userId as UserId, exchange, environment: 'live' }),
      ...(renewEveryMs !== undefined && { renewEveryMs }),
    });
  const all = () => [...spot.values(), usdm];

  return {
    follow: ({ userId, exchange: venue, environment, marketType, clientOrderId }) => {
      if (venue !== exchange) return undefined;
      if (marketType === 'spot') return spotBy(environment, routeOf(userId))?.follow(userId, clientOrderId);
      return environment === 'live' ? usdm?.follow(userId, clientOrderId) : undefined;
    },
    accounts: () => all().reduce((sum, one) => sum + (one?.accounts() ?? 0), 0),
    stop: () => all().forEach((one) => one?.stop()),
  };
};
