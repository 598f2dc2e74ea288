import type { VenuesInProcess } from '@latchkey/exchange-simulator';
import type { Random } from './random.js';
import type { SceneAccount, SceneSignal } from './scene-parts.js';

type FaultBody = Parameters<VenuesInProcess['fault']>[0];

/** One fault of a venue, set when the run has come so far. */
export type SceneFault = {
  readonly id: string;
  readonly atMs: number;
  readonly exchange: 'binance' | 'bybit';
  readonly body: FaultBody;
};

type Paths = { readonly order: string; readonly lookups: readonly string[]; readonly open: readonly string[] };

const paths = {
  'binance/spot': {
    order: '/api/v3/order',
    lookups: ['/api/v3/order', '/api/v3/myTrades'],
    open: ['/api/v3/time', '/api/v3/ticker/price', '/api/v3/exchangeInfo'],
  },
  'binance/linear': {
    order: '/fapi/v1/order',
    lookups: ['/fapi/v1/order', '/fapi/v1/userTrades'],
    open: ['/fapi/v1/time', '/fapi/v1/ticker/price', '/fapi/v1/exchangeInfo'],
  },
  'bybit/spot': {
    order: '/v5/order/create',
    lookups: ['/v5/order/realtime', '/v5/order/history', '/v5/execution/list'],
    open: ['/v5/market/time', '/v5/market/tickers', '/v5/market/instruments-info'],
  },
  'bybit/linear': {
    order: '/v5/order/create',
    lookups: ['/v5/order/realtime', '/v5/order/history', '/v5/execution/list'],
    open: ['/v5/market/time', '/v5/market/tickers', '/v5/market/instruments-info'],
  },
} as const satisfies Record<string, Paths>;

const marketOf = ({ exchange, marketType }: SceneAccount): keyof typeof paths => `${exchange}/${marketType}`;

/** Codes with which the venue says, truthfully, that it has not taken the order. */
const refusals = {
  binance: [-1000, -1001, -1008, -1015, -1021, -2010, -2015],
  bybit: [10_002, 10_006, 10_016, 10_003, 10_005],
} as const;

const minuteMs = 60_000;

/**
 * What the venues promise bounds what may be drawn: Binance spot checks the window again at its engine, and shows what it took within the time
 * that settling waits (DESIGN 5). The others promise neither, so an order of theirs may enter late and stay unseen for long.
 */
const lateMs = (random: Random, market: keyof typeof paths): number =>
  market === 'binance/spot'
    ? random.pick([100, 2_000, 7_000, 20_000])
    : random.pick([100, 2_000, 7_000, 20_000, minuteMs, 20 * minuteMs]);
const hiddenMs = (random: Random, market: keyof typeof paths): number =>
  market === 'binance/spot'
    ? random.pick([500, 3_000, 8_000])
    : random.chance(0.04)
      ? 10 * minuteMs
      : random.pick([500, 3_000, 12_000, 40_000]);

/** Every kind that the simulated venues know. */
export const simulatedFaultKinds = [
  'drop',
  'accept-then-drop',
  'accept-then-status',
  'accept-late',
  'status',
  'venue-error',
  'delay',
  'stall-body',
  'garbage',
  'hide-order',
  'clock-skew',
  'rate-limit',
  'partial-fill',
  'accept-then-error',
  'reject-after-accept',
] as const;

const drawOrderFault = (random: Random, account: SceneAccount): Pick<FaultBody, 'kind' | 'params' | 'times'> => {
  const market = marketOf(account);
  const { exchange } = account;
  const kind = random.pick([
    'drop',
    'accept-then-drop',
    'accept-then-drop',
    'accept-then-status',
    'accept-late',
    'accept-late',
    'status',
    'venue-error',
    'delay',
    'stall-body',
    'garbage',
    'hide-order',
    'hide-order',
    'clock-skew',
    'rate-limit',
    'partial-fill',
    'accept-then-error',
    ...(exchange === 'bybit' ? ['reject-after-accept'] : []),
  ]);
  switch (kind) {
    case 'accept-late':
      return { kind, params: { ms: lateMs(random, market), ...(market === 'binance/spot' && { recheck: true }) } };
    case 'accept-then-status':
      return { kind, params: { status: random.pick([500, 502, 503, 504]) } };
    case 'status':
      return { kind, params: { status: random.pick([403, 404, 500, 502, 503, 504]) }, times: random.pick([1, 1, 2]) };
    case 'venue-error':
      return { kind, params: { code: random.pick(refusals[exchange]) } };
    case 'delay':
      return { kind, params: { ms: random.pick([300, 2_000, 6_000, 9_000, 14_000]) } };
    case 'stall-body':
      return { kind, params: { ms: random.pick([0, 2_000]) } };
    case 'garbage':
      return { kind, params: { status: random.pick([200, 200, 500]) } };
    case 'hide-order':
      return { kind, params: { ms: hiddenMs(random, market) } };
    case 'clock-skew':
      return { kind, params: { ms: random.pick([-9_000, -2_500, 2_500, 9_000]) } };
    case 'rate-limit':
      return { kind, params: { ms: random.pick([1_000, 5_000, 20_000]) } };
    case 'partial-fill':
      return { kind, params: { share: random.pick(['0.3', '0.7']) } };
    case 'drop':
      return { kind, times: random.pick([1, 1, 2, 4]) };
    default:
      return { kind };
  }
};

const drawLookupFault = (random: Random, account: SceneAccount): Pick<FaultBody, 'kind' | 'params' | 'times'> => {
  const kind = random.pick([
    'drop',
    'status',
    'venue-error',
    'delay',
    'stall-body',
    'garbage',
    'hide-order',
    'clock-skew',
    'rate-limit',
  ]);
  const times = random.pick([1, 2, 5]);
  switch (kind) {
    case 'status':
      return { kind, times, params: { status: random.pick([403, 500, 502, 503, 504]) } };
    case 'venue-error':
      // No "not found": that would be a lie about an order that stands.
      return {
        kind,
        times,
        params: { code: random.pick(account.exchange === 'binance' ? [-1000, -1001, -1021] : [10_002, 10_006, 10_016]) },
      };
    case 'delay':
      return { kind, times, params: { ms: random.pick([500, 3_000, 9_000]) } };
    case 'hide-order':
      return { kind, params: { ms: hiddenMs(random, marketOf(account)) } };
    case 'clock-skew':
      return { kind, times, params: { ms: random.pick([-9_000, 9_000]) } };
    case 'rate-limit':
      return { kind, params: { ms: random.pick([1_000, 8_000]) } };
    default:
      return { kind, times };
  }
};

const drawOpenFault = (random: Random): Pick<FaultBody, 'kind' | 'params' | 'times'> => {
  const kind = random.pick(['drop', 'status', 'delay', 'garbage', 'clock-skew', 'stall-body']);
  return {
    kind,
    times: random.pick([1, 3]),
    ...(kind === 'delay' && { params: { ms: random.pick([700, 3_000]) } }),
    ...(kind === 'clock-skew' && { params: { ms: random.pick([-4_000, 1_500, 4_000]) } }),
  };
};

/** One to three for most orders, of all kinds, on the order itself, on what looks it up, and on what everybody asks. */
export const drawFaults = (
  random: Random,
  accounts: readonly SceneAccount[],
  signals: readonly SceneSignal[],
): readonly SceneFault[] => {
  const faults: SceneFault[] = [];
  const put = (atMs: number, account: SceneAccount, body: FaultBody): void =>
    void faults.push({ id: `f${faults.length}`, atMs, exchange: account.exchange, body });
  for (const signal of signals) {
    for (const account of accounts.filter(({ strategyId }) => strategyId === signal.strategyId)) {
      const { order, lookups, open } = paths[marketOf(account)];
      const { apiKey } = account;
      for (let left = random.pick([0, 1, 1, 2, 2, 3]); left > 0; left -= 1) {
        const at = signal.atMs + (random.chance(0.8) ? 0 : random.between(0, 12_000));
        if (left === 1 || random.chance(0.65))
          put(at, account, { ...drawOrderFault(random, account), apiKey, path: order, method: 'POST' });
        else if (random.chance(0.85))
          put(at, account, { ...drawLookupFault(random, account), apiKey, path: random.pick(lookups), method: 'GET' });
        else put(at, account, { ...drawOpenFault(random), path: random.pick(open), method: 'GET' });
      }
    }
  }
  return faults;
};
