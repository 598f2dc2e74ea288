import { messageOf } from '@latchkey/kernel';
import { z } from 'zod';
import type { ListenKeys } from '../../../app/ports/exchange.js';
import type { EgressRoute } from '../egress-route.js';
import type { VenueLog } from '../venue.js';
import { createBackOff } from './back-off.js';
import { createFollowers } from './followers.js';
import { parseLossless } from './lossless-json.js';
import { readOrderTradeUpdate } from './read-frames.js';
import { openStreamSocket, type StreamSocket } from './stream-socket.js';

export type UsdmStreamDeps = {
  readonly url: string;
  readonly host?: string;
  /** The way out of an account's requests. */
  readonly routeOf: (account: string) => EgressRoute;
  readonly listenKeys: ListenKeys;
  /** In memory only, with the last signature of the account; undefined: none is known now. */
  readonly keyOf: (account: string) => string | undefined;
  readonly random: () => number;
  readonly log: VenueLog;
  readonly silentAfterMs?: number;
  readonly renewEveryMs?: number;
};

/** Each account has a connection of its own here; more are looked up. */
const mostAccounts = 200;
const maxAgeMs = 23 * 60 * 60_000;
const idleMs = 30_000;
/** A listenKey lives an hour. */
const renewMs = 25 * 60_000;

const event = z.looseObject({ e: z.string() });

/** One account's stream: its listenKey, its connection, and the pauses between two. */
const createAccountStream = (
  account: string,
  { url, host, routeOf, listenKeys, keyOf, random, log, silentAfterMs, renewEveryMs = renewMs }: UsdmStreamDeps,
  { onFact, onGap }: { readonly onFact: (fact: unknown) => void; readonly onGap: () => void },
) => {
  const backOff = createBackOff(random);
  const route = routeOf(account);
  const timers = new Set<NodeJS.Timeout>();
  let socket: StreamSocket | undefined;
  let renewing: NodeJS.Timeout | undefined;
  let stopped = false;

  const later = (ms: number, work: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!stopped) work();
    }, ms);
    timers.add(timer);
    return timer;
  };

  const heard = (text: string): void => {
    const frame = parseLossless(text);
    const told = event.safeParse(frame);
    if (!told.success) return;
    // The socket would stay open and say nothing any more.
    if (told.data.e === 'listenKeyExpired') return socket?.close();
    if (told.data.e === 'ORDER_TRADE_UPDATE') onFact(frame);
  };

  const renewLater = (apiKey: string): void => {
    clearTimeout(renewing);
    renewing = later(renewEveryMs, () => {
      listenKeys.renew(apiKey, route.address).then(
        (isAlive) => (isAlive ? renewLater(apiKey) : socket?.close()),
        // It has half an hour left: it is tried again before that, and its end is noticed.
        () => renewLater(apiKey),
      );
    });
  };

  const again = (why: string): void => {
    onGap();
    if (stopped) return;
    log.info({ stream: 'binance linear', why }, 'a stream ended; its orders are looked up, and it is opened again');
    later(backOff.nextMs(), () => void connect());
  };

  const connect = async (): Promise<void> => {
    const apiKey = keyOf(account);
    // The next look-up brings one, or shows that there is none any more.
    if (apiKey === undefined) return void later(backOff.nextMs(), () => void connect());
    let listenKey: string;
    try {
      listenKey = await listenKeys.obtain(apiKey, route.address);
    } catch (error) {
      log.warn(
        { stream: 'binance linear', reason: messageOf(error).slice(0, 100) },
        'no stream could be opened; orders are looked up',
      );
      return void later(backOff.nextMs(), () => void connect());
    }
    if (stopped) return;
    let age: NodeJS.Timeout | undefined;
    socket = openStreamSocket({
      url: `${url}?listenKey=${encodeURIComponent(listenKey)}`,
      ...(host !== undefined && { host }),
      route,
      ...(silentAfterMs !== undefined && { silentAfterMs }),
      onOpen: () => {
        age = later(maxAgeMs, () => socket?.close());
        renewLater(apiKey);
        backOff.reset();
        onGap();
      },
      onText: heard,
      onEnd: (why) => {
        clearTimeout(age);
        clearTimeout(renewing);
        socket = undefined;
        again(why);
      },
    });
  };

  return {
    start: (): void => void connect(),
    // The listenKey is left to run out: it is the account's, so that the next stream, here or at another executor, may have it already.
    stop: (): void => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      clearTimeout(renewing);
      socket?.close();
    },
  };
};

type AccountStream = ReturnType<typeof createAccountStream> & { idle?: NodeJS.Timeout | undefined };

/** Binance USDT-M futures: a connection for each account that has an open order, opened by its API key alone. */
export const createUsdmStreams = (deps: UsdmStreamDeps) => {
  const streams = new Map<string, AccountStream>();
  const followers = createFollowers(
    (account) => {
      const known = streams.get(account);
      clearTimeout(known?.idle);
      if (known) return followers.look(account);
      const stream: AccountStream = createAccountStream(account, deps, {
        onFact: (frame) => {
          const fact = readOrderTradeUpdate(frame);
          if (fact) followers.tell(account, fact);
        },
        onGap: () => followers.look(account),
      });
      streams.set(account, stream);
      stream.start();
    },
    (account) => {
      const stream = streams.get(account);
      if (!stream) return;
      clearTimeout(stream.idle);
      stream.idle = setTimeout(() => {
        streams.delete(account);
        stream.stop();
      }, idleMs);
    },
  );
  return {
    follow: (account: string, clientOrderId: string) =>
      streams.has(account) || streams.size < mostAccounts ? followers.follow(account, clientOrderId) : undefined,
    accounts: (): number => streams.size,
    stop: (): void => {
      for (const stream of streams.values()) {
        clearTimeout(stream.idle);
        stream.stop();
      }
      streams.clear();
    },
  };
};
