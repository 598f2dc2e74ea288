import { partitionOf } from '@latchkey/contracts';
import { InvariantError, messageOf, type Clock } from '@latchkey/kernel';
import { grantMs } from '../../domain/rate-limits/bucket.js';
import {
  documentedLimits,
  hostOf,
  orderEndpoint,
  type Cost,
  type HostLimits,
  type HostName,
} from '../../domain/rate-limits/host-limits.js';
import { withTold, type ToldLimit } from '../../domain/rate-limits/told-limits.js';
import { ExecutorError } from '../executor-error.js';
import type { Environment } from '@latchkey/contracts';
import type { NoPermit, OrderRequested, Permit, Permits, Requested } from '../ports/permits.js';
import type { Log } from '../ports/work.js';
import type { Item, Lane } from './lane-types.js';
import { createLane, roundMs } from './lane.js';
import type { BucketAsked, RateRows } from './rate-rows.js';

/** While the database is away nothing can be sent anyway. */
const afterFailureMs = 250;
/** Half of what knowledge is good for, so that it is renewed before that. */
const watchMs = grantMs / 2;
const everybody = '';

export type Observed = (of: {
  readonly venue: string;
  readonly address: string;
  readonly urgency: Item['urgency'];
  readonly waitedMs: number;
  readonly refused: boolean;
}) => void;

export type RateLimiterOptions = {
  readonly rows: RateRows;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /** The public addresses that requests of this process can leave from; at least one. */
  readonly addresses: readonly string[];
  /** How many executors send from an address. */
  readonly sharers?: (address: string) => number;
  /** False: venues without limits, which are simulated; only places and pauses are kept, and no row is touched. */
  readonly keep?: boolean;
  /** How many requests are on their way out of this process at once, to each host from each address; as many as may be under way. */
  readonly mostLeaving?: () => number;
  readonly observed?: Observed;
};

const stopping = () =>
  new ExecutorError('executor.stopping', 'the executor stops; nothing more is sent by it, and nothing was decided');

/** Without limits: nothing costs anything, so that no row is asked. */
const unlimited: HostLimits = { address: { any: { limit: 1e12, windowMs: 1_000 } }, account: {}, costs: {} };
const free: Cost = { address: {} };

/**
 * Gives out the right to send, one request at a time, so that no venue has to say that it was too many: shared with all other executors by rows
 * in Postgres. What waits at the same time is asked for by one statement.
 */
export const createRateLimiter = ({
  rows,
  clock,
  log,
  addresses,
  sharers = () => 1,
  keep = true,
  mostLeaving = () => Number.POSITIVE_INFINITY,
  observed = () => undefined,
}: RateLimiterOptions) => {
  const lanes = new Map<string, Lane>();
  const told = new Map<string, HostLimits>();
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let running = false;
  let startedAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  let stopped = false;
  let reading: Promise<void> | undefined;
  let watching: NodeJS.Timeout | undefined;

  const limitsOf = (host: HostName, environment: string): HostLimits =>
    keep ? (told.get(`${host}/${environment}`) ?? documentedLimits[host]) : unlimited;

  const laneOf = (host: HostName, environment: string, address: string): Lane => {
    const venue = `${host}/${environment}`;
    const key = `${venue}|${address}`;
    const known = lanes.get(key);
    if (known) return known;
    const lane = createLane({
      venue,
      address,
      limits: () => limitsOf(host, environment),
      clock,
      mostLeaving,
      sharers: () => sharers(address),
      wake: () => schedule(0),
      confirm,
      knownForMs: keep ? grantMs : Number.POSITIVE_INFINITY,
      observed: (urgency, waitedMs, refused) => observed({ venue, address, urgency, waitedMs, refused }),
    });
    lanes.set(key, lane);
    return lane;
  };

  /** One question for all of this process; whoever needs it within the same moment shares the answer. */
  const confirm = async (): Promise<void> => {
    if (!keep) return;
    if (!reading) {
      const at = clock.now();
      const asked = [...lanes.values()];
      reading = rows
        .blocked(asked.map(({ mainRow }) => mainRow))
        .then((found) => asked.forEach((lane) => lane.learn(found.get(lane.mainRow) ?? 0, at)))
        .finally(() => {
          reading = undefined;
        });
    }
    await reading;
  };

  /**
   * While something has its permit and may be about to leave, what other executors were told is read before it is too old to go by: many
   * connections that are made at once would otherwise all ask when they are there.
   */
  const watch = (): void => {
    if (watching !== undefined || !keep || stopped) return;
    watching = setTimeout(() => {
      watching = undefined;
      const under = [...lanes.values()].filter((lane) => lane.isUnderWay());
      if (under.length === 0) return;
      const isAging = under.some((lane) => clock.now() - lane.knownAt() >= watchMs);
      void (isAging ? confirm() : Promise.resolve()).catch(() => undefined).finally(watch);
    }, watchMs);
  };

  const exchange = async (asked: readonly BucketAsked[]) => (keep ? rows.exchange(asked) : new Map());

  /** A row may be asked once by one statement; two addresses that need the same account's go one after the other. */
  const inTurns = (all: readonly { readonly lane: Lane; readonly asked: readonly BucketAsked[] }[]) => {
    const turns: { readonly keys: Set<string>; readonly members: (typeof all)[number][] }[] = [];
    for (const one of all) {
      const place = turns.find(({ keys }) => one.asked.every(({ key }) => !keys.has(key))) ?? {
        keys: new Set<string>(),
        members: [],
      };
      if (place.members.length === 0) turns.push(place);
      place.members.push(one);
      for (const { key } of one.asked) place.keys.add(key);
    }
    return turns.map(({ members }) => members);
  };

  const round = async (): Promise<void> => {
    startedAt = clock.now();
    const at = startedAt;
    const all = [...lanes.values()].map((lane) => ({ lane, asked: lane.asks(at) })).filter(({ asked }) => asked.length > 0);
    for (const members of inTurns(all)) {
      const started = clock.now();
      try {
        const answers = await exchange(members.flatMap(({ asked }) => asked));
        for (const { lane, asked } of members) lane.given(answers, asked, started);
        watch();
        failing = false;
      } catch (error) {
        for (const { lane } of members) lane.failed();
        if (!failing) log.warn({ reason: messageOf(error) }, 'the limits of the exchanges cannot be shared now; nothing is sent');
        failing = true;
      }
    }
  };

  const run = (): void => {
    [timer, turn] = [undefined, undefined];
    if (running || stopped) return;
    running = true;
    void round().finally(() => {
      running = false;
      const now = clock.now();
      const due = [...lanes.values()].flatMap((lane) => lane.dueAt(now) ?? []);
      if (due.length > 0) schedule(failing ? afterFailureMs : Math.min(...due) - now);
    });
  };

  /** In a quiet time at once, with whatever else comes in this turn; otherwise when the last round is long enough ago. */
  const schedule = (inMs: number): void => {
    if (running || stopped || turn !== undefined) return;
    const waitMs = Math.max(inMs, startedAt + roundMs - clock.now());
    clearTimeout(timer);
    if (waitMs <= 0) turn = setImmediate(run);
    else timer = setTimeout(run, Math.min(waitMs, 1_000));
  };

  const addressOf = (user: string): string => {
    const found = addresses[partitionOf(user) % addresses.length];
    if (found === undefined) throw new InvariantError('requests have no address to leave from');
    return found;
  };

  const take = (request: Requested): Promise<{ readonly permit: Permit } | NoPermit> => {
    const { host, environment, endpoint, user = everybody } = request;
    const cost = keep ? documentedLimits[host].costs[endpoint] : free;
    if (!cost) throw new InvariantError(`${host} has no request "${endpoint}"`);
    const address = request.address ?? addressOf(user);
    if (stopped) return Promise.reject(stopping());
    return new Promise((answer, reject) => {
      const item: Item = { ...request, user, cost, at: clock.now(), answer, abandon: () => reject(stopping()) };
      laneOf(host, environment, address).add(item);
      schedule(0);
    });
  };

  const permits: Permits<Environment> = {
    take,
    forOrder: ({ exchange: name, environment, marketType, user, purpose, deadline }: OrderRequested<Environment>) =>
      take({
        host: hostOf(name, marketType),
        environment,
        endpoint: orderEndpoint(name, marketType),
        urgency: purpose === 'close' ? 'closing' : 'opening',
        user,
        deadline,
      }),
  };

  return {
    ...permits,
    addresses,
    /** The address that a user's requests leave from. */
    addressOf,
    /** What a venue told of its own limits. */
    tell: (host: HostName, environment: string, limits: readonly ToldLimit[]): void =>
      void told.set(`${host}/${environment}`, withTold(documentedLimits[host], limits)),
    /** Our clock: until when the venue wants to hear nothing from any of our addresses; 0: some may send. */
    blockedUntil: (host: HostName, environment: string): number => {
      const until = addresses.map((address) => lanes.get(`${host}/${environment}|${address}`)?.blockedUntil() ?? 0);
      const soonest = Math.min(...until);
      return soonest > clock.now() ? soonest : 0;
    },
    status: () => [...lanes.values()].map((lane) => lane.status()),
    /** Whoever waits is told that the process stops; permits that were given are good until they are ended. */
    stop: (): void => {
      stopped = true;
      clearTimeout(timer);
      clearImmediate(turn);
      clearTimeout(watching);
      for (const lane of lanes.values()) lane.close();
    },
  };
};

export type RateLimiter = ReturnType<typeof createRateLimiter>;
