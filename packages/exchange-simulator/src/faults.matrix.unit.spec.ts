import { describe, expect, it } from 'vitest';
import { simulatedFaults, type RequestFaultKind } from './core/faults.js';
import type { RawReply } from './core/raw-http.js';
import type { EdgeEndpoint } from './core/venue-edge.js';
import { createWorld } from './core/world.js';
import { manualClock } from './core/clock.js';
import { playedBinance } from './testing/played-binance.js';
import { playedBybit } from './testing/played-bybit.js';
import { bodyOf, learnParameters, playVenue, startMs, type PlayedVenue } from './testing/played-venue.js';
import type { Fields } from './testing/control-client.js';

/** How a venue says what the faults make it say; everything else about it is learned from its endpoint table. */
type Accent = {
  readonly name: string;
  readonly played: PlayedVenue;
  /** The codes asked for, and how its answer to one looks. */
  readonly refusal: { readonly code: number; readonly status: number };
  readonly codeOf: (body: Fields) => unknown;
  readonly outsideWindow: number;
  readonly limited: { readonly status: number; readonly code: number; readonly header: readonly [name: string, value: string] };
  readonly timeOf: (body: Fields) => unknown;
};

const venues: readonly Accent[] = [
  {
    name: 'binance',
    played: playedBinance,
    refusal: { code: -1007, status: 408 },
    codeOf: ({ code }) => code,
    outsideWindow: -1021,
    limited: { status: 429, code: -1003, header: ['retry-after', '2'] },
    timeOf: ({ serverTime }) => serverTime,
  },
  ...(['spot', 'linear'] as const).map((category) => ({
    name: `bybit, ${category}`,
    played: playedBybit(category),
    refusal: { code: 10016, status: 200 },
    codeOf: ({ retCode }: Fields) => retCode,
    outsideWindow: 10002,
    limited: { status: 200, code: 10006, header: ['x-bapi-limit-reset-timestamp', String(startMs + 2_000)] as const },
    timeOf: ({ time }: Fields) => time,
  })),
];

type Stage = Awaited<ReturnType<typeof playVenue>>;
type Case = {
  readonly accent: Accent;
  readonly endpoint: EdgeEndpoint;
  readonly stage: Stage;
  readonly send: () => Promise<RawReply>;
  /** The same request, by the venue's own words, without any fault. */
  readonly undisturbed: { readonly reply: RawReply; readonly holds: string };
  readonly fault: (params?: object) => void;
};

const hourMs = 3_600_000;
const written = (reply: RawReply) => {
  if (reply.kind === 'cut') throw new TypeError('the connection was cut where an answer was expected');
  return reply;
};
const nothingTaken = async (act: Case, expected: (reply: RawReply) => void): Promise<void> => {
  const before = act.stage.holds();
  expected(await act.send());
  expect(act.stage.holds()).toBe(before);
  expect(bodyOf(await act.send())).toEqual(bodyOf(act.undisturbed.reply));
};
const taken = async ({ stage, send, undisturbed }: Case, expected: (reply: RawReply) => void): Promise<void> => {
  expected(await send());
  expect(stage.holds()).toBe(undisturbed.holds);
};
/** Whether an answer shows the order that was there before. */
const mentions = (reply: RawReply): boolean => written(reply).body.includes('"waiting"');
const ordersOf = ({ world }: Stage) => world.book.all();

/** What each kind must show at every endpoint; a kind that is missing here does not compile. */
const shows: Readonly<Record<RequestFaultKind, (act: Case) => Promise<void>>> = {
  drop: (act) => {
    act.fault();
    return nothingTaken(act, (reply) => expect(reply).toEqual({ kind: 'cut' }));
  },
  status: (act) => {
    act.fault({ status: 502 });
    return nothingTaken(act, (reply) => expect(reply).toMatchObject({ status: 502, headers: { 'content-type': 'text/html' } }));
  },
  'venue-error': (act) => {
    const { refusal, codeOf } = act.accent;
    act.fault({ code: refusal.code });
    return nothingTaken(act, (reply) => {
      expect(codeOf(bodyOf(reply))).toBe(refusal.code);
      expect(written(reply).status).toBe(refusal.status);
    });
  },
  'rate-limit': async (act) => {
    const { limited, codeOf } = act.accent;
    const early = () => act.stage.world.stats.view().requestsBeforeRetryAfter;
    act.fault({ ms: 2_000 });
    const before = act.stage.holds();
    const reply = await act.send();
    expect(codeOf(bodyOf(reply))).toBe(limited.code);
    expect(reply).toMatchObject({ status: limited.status, headers: { [limited.header[0]]: limited.header[1] } });
    expect(act.stage.holds()).toBe(before);
    await act.send();
    expect(early()).toBe(1);
    act.stage.clock.advance(2_000);
    await act.send();
    expect(early()).toBe(1);
  },
  delay: async (act) => {
    act.fault({ ms: 1_500 });
    const { clock } = act.stage;
    const before = act.stage.holds();
    const others = clock.pending();
    const waiting = act.send();
    expect(clock.pending()).toBe(others + 1);
    clock.advance(1_499);
    expect(act.stage.holds()).toBe(before);
    clock.advance(1);
    expect(act.accent.played.isTaken(await waiting)).toBe(true);
    expect(act.stage.holds()).toBe(act.undisturbed.holds);
  },
  'clock-skew': async (act) => {
    const { accent, endpoint } = act;
    act.fault({ ms: hourMs });
    const reply = await act.send();
    const refused = accent.codeOf(bodyOf(reply)) === accent.outsideWindow;
    expect([refused, accent.played.isTaken(reply)]).toEqual(accent.played.isSigned(endpoint) ? [true, false] : [false, true]);
    if (endpoint.path.endsWith('/time')) expect(accent.timeOf(bodyOf(reply))).toBe(startMs + hourMs);
    if (refused) expect(bodyOf(await act.send())).toEqual(bodyOf(act.undisturbed.reply));
  },
  'accept-late': async (act) => {
    act.fault({ ms: 6_000 });
    const before = act.stage.holds();
    expect(await act.send()).toEqual({ kind: 'cut' });
    expect(act.stage.holds()).toBe(before);
    act.stage.clock.advance(6_000);
    expect(act.stage.holds()).toBe(act.undisturbed.holds);
  },
  'partial-fill': async (act) => {
    act.fault({ share: '0.5' });
    const before = ordersOf(act.stage).length;
    await act.send();
    const orders = ordersOf(act.stage);
    const fills = orders.at(-1)?.fills ?? [];
    if (orders.length === before || fills.length === 0) return;
    expect(fills).toMatchObject([{ quantity: '0.005' }]);
    expect(orders.at(-1)?.status).not.toBe('filled');
    expect(act.stage.world.faults.clear()).toBe(0);
  },
  'reject-after-accept': async (act) => {
    if (act.accent.played.exchange === 'binance') return expect(() => act.fault()).toThrow(/Bybit/);
    act.fault();
    const before = ordersOf(act.stage).length;
    expect(act.accent.played.isTaken(await act.send())).toBe(true);
    if (ordersOf(act.stage).length > before) expect(ordersOf(act.stage).at(-1)?.status).toBe('rejected');
  },
  'hide-order': async (act) => {
    act.fault({ ms: 6_000 });
    const before = ordersOf(act.stage).length;
    const reply = await act.send();
    const newest = ordersOf(act.stage).at(-1);
    const isPlaced = ordersOf(act.stage).length > before;
    if (isPlaced) expect(newest).toMatchObject({ hiddenUntilMs: startMs + 6_000 });
    const isLookUp = act.endpoint.method === 'GET' && mentions(act.undisturbed.reply);
    expect(mentions(reply)).toBe(mentions(act.undisturbed.reply) && !isLookUp);
    act.stage.clock.advance(6_000);
    if (isLookUp) expect(mentions(await act.send())).toBe(true);
  },
  'accept-then-drop': (act) => {
    act.fault();
    return taken(act, (reply) => expect(reply).toEqual({ kind: 'cut' }));
  },
  'accept-then-status': (act) => {
    act.fault({ status: 504 });
    return taken(act, (reply) => expect(reply).toMatchObject({ status: 504, headers: { 'content-type': 'text/html' } }));
  },
  'accept-then-error': (act) => {
    const { refusal, codeOf } = act.accent;
    act.fault({ code: refusal.code });
    return taken(act, (reply) => {
      expect(codeOf(bodyOf(reply))).toBe(refusal.code);
      expect(written(reply).status).toBe(refusal.status);
    });
  },
  'stall-body': (act) => {
    act.fault();
    return taken(act, (reply) =>
      expect(reply).toMatchObject({ kind: 'stall', status: 200, body: written(act.undisturbed.reply).body }),
    );
  },
  garbage: (act) => {
    act.fault({ status: 201 });
    return taken(act, (reply) => {
      expect(written(reply).status).toBe(201);
      expect(() => JSON.parse(written(reply).body)).toThrow(SyntaxError);
    });
  },
};

const nameOf = ({ method, path }: EdgeEndpoint): string => `${method} ${path}`;

describe.each(venues.map((accent) => [accent.name, accent] as const))('every endpoint of %s', (_name, accent) => {
  const { played } = accent;
  const { endpoints } = played.open(createWorld(manualClock(startMs), 1));

  it.each(endpoints.filter(({ changesBook }) => changesBook === true).map((endpoint) => [nameOf(endpoint), endpoint] as const))(
    '%s is a setting exactly when it touches no order',
    async (_path, endpoint) => {
      const parameters = await learnParameters(played, endpoint);
      const { send, orders } = await playVenue(played, endpoint);
      const before = orders();
      await send(endpoint, parameters);
      expect(orders() === before).toBe(endpoint.setting === true);
    },
  );

  it.each(endpoints.filter(({ changesBook }) => changesBook === true).map((endpoint) => [nameOf(endpoint), endpoint] as const))(
    '%s meets an accept-late that names no path only with an order',
    async (_path, endpoint) => {
      const parameters = await learnParameters(played, endpoint);
      const { send, fault } = await playVenue(played, endpoint);
      fault({ kind: 'accept-late' });
      expect(played.isTaken(await send(endpoint, parameters))).toBe(endpoint.setting === true);
    },
  );

  it.each(endpoints.map((endpoint) => [nameOf(endpoint), endpoint] as const))('%s plays every fault', async (_path, endpoint) => {
    const parameters = await learnParameters(played, endpoint);
    const calm = await playVenue(played, endpoint);
    const undisturbed = { reply: await calm.send(endpoint, parameters), holds: calm.holds() };
    for (const kind of simulatedFaults) {
      const stage = await playVenue(played, endpoint);
      const { method, path } = endpoint;
      const fault = (params: object = {}): void => void stage.fault({ kind, method, path, params });
      const send = () => stage.send(endpoint, parameters);
      await shows[kind]({ accent, endpoint, stage, send, undisturbed, fault });
    }
  });
});
