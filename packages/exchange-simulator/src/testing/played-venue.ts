import { accountDraft } from '../control/control-requests.js';
import { faultDraft } from '../control/fault-draft.js';
import { accountBody, faultBody } from '../control/schemas.js';
import { manualClock } from '../core/clock.js';
import type { RawReply, RawRequest } from '../core/raw-http.js';
import type { Exchange } from '../core/names.js';
import type { EdgeEndpoint, Venue } from '../core/venue-edge.js';
import { createWorld, type World } from '../core/world.js';
import type { Fields } from './control-client.js';

export type Sample = Readonly<Record<string, string | number>>;

/** What the matrix has to know of a venue to send a well-formed request to any endpoint of it, new ones included. */
export type PlayedVenue = {
  readonly exchange: Exchange;
  readonly open: (world: World) => { readonly endpoints: readonly EdgeEndpoint[]; readonly venue: Venue };
  readonly isSigned: (endpoint: EdgeEndpoint) => boolean;
  readonly sign: (endpoint: EdgeEndpoint, parameters: Sample, nowMs: number) => RawRequest;
  /** Values that would do for a parameter, wherever it is asked for. */
  readonly samples: Sample;
  /** Where an endpoint needs other or more parameters than those that its refusals ask for: by `METHOD path`. */
  readonly given: Readonly<Record<string, Sample>>;
  /** Requests that put something there to be looked up, cancelled or closed. */
  readonly before: readonly (readonly [endpoint: string, parameters: Sample])[];
  /** Endpoints that refuse while any order is open: for these nothing is put there. */
  readonly alone?: readonly string[];
  /** Parameters that this refusal says are missing. */
  readonly missing: (body: Fields) => readonly string[];
  readonly isTaken: (reply: RawReply) => boolean;
};

export const player = { apiKey: 'k'.repeat(64), apiSecret: 'f'.repeat(64) };
export const startMs = 1_790_000_000_000;
const mostParameters = 12;

export const bodyOf = (reply: RawReply): Fields => {
  if (reply.kind === 'cut') return {};
  try {
    return JSON.parse(reply.body) as Fields;
  } catch {
    return {};
  }
};

/** A venue in memory on a clock that stands still, with an account, and a request for each endpoint that the venue takes. */
export const playVenue = async (played: PlayedVenue, asked: EdgeEndpoint) => {
  const clock = manualClock(startMs);
  const world = createWorld(clock, 1);
  const { endpoints, venue } = played.open(world);
  const body = accountBody.parse({ exchange: played.exchange, ...player, balances: { USDT: '100000', BTC: '1' } });
  world.accounts.open(accountDraft(body, { uid: world.ids.nextUid(), createdAtMs: clock.now() }));
  const nameOf = ({ method, path }: EdgeEndpoint): string => `${method} ${path}`;
  const send = (endpoint: EdgeEndpoint, parameters: Sample): Promise<RawReply> =>
    venue(played.sign(endpoint, parameters, clock.now()));
  const alone = played.alone?.includes(nameOf(asked)) ?? false;
  for (const [name, parameters] of alone ? [] : played.before) {
    const endpoint = endpoints.find((candidate) => nameOf(candidate) === name);
    if (endpoint !== undefined) await send(endpoint, parameters);
  }
  return {
    clock,
    world,
    send,
    fault: (about: object) => world.faults.set(faultDraft(faultBody.parse({ exchange: played.exchange, ...about }))),
    orders: (): string =>
      JSON.stringify([
        world.book.all().map(({ clientOrderId, status }) => [clientOrderId, status]),
        world.algoBook.all().map(({ clientAlgoId, status }) => [clientAlgoId, status]),
      ]),
    /** What the venue holds: orders without times, and what the account owns. */
    holds: (): string =>
      JSON.stringify([
        world.book
          .all()
          .map(({ clientOrderId, status, fills, quantity }) => ({ clientOrderId, status, quantity, fills: fills.length })),
        world.algoBook.all().map(({ clientAlgoId, status }) => ({ clientAlgoId, status })),
        Object.values(world.accounts.find(player.apiKey)?.wallets ?? {}).map((wallet) => wallet.entries()),
      ]),
  };
};

/** Finds parameters that an endpoint takes by asking it: what it says is missing is taken from the samples. */
export const learnParameters = async (played: PlayedVenue, endpoint: EdgeEndpoint): Promise<Sample> => {
  let parameters: Sample = played.given[`${endpoint.method} ${endpoint.path}`] ?? {};
  for (let asked = 0; asked < mostParameters; asked += 1) {
    const { send } = await playVenue(played, endpoint);
    const reply = await send(endpoint, parameters);
    if (played.isTaken(reply)) return parameters;
    const name = played.missing(bodyOf(reply)).find((candidate) => played.samples[candidate] !== undefined);
    if (name === undefined) {
      const said = reply.kind === 'cut' ? 'cut' : reply.body;
      throw new TypeError(`${endpoint.method} ${endpoint.path} is not taken: ${said}; give its parameters a sample in this spec`);
    }
    parameters = { ...parameters, [name]: played.samples[name] ?? '' };
  }
  throw new TypeError(`${endpoint.method} ${endpoint.path} asks for more than ${mostParameters} parameters`);
};
