import { messageOf } from '@latchkey/kernel';
import { z } from 'zod';
import type { Signature, VenueClock } from '../../../app/ports/exchange.js';
import type { EgressRoute } from '../egress-route.js';
import type { VenueLog } from '../venue.js';
import { createBackOff } from './back-off.js';
import { createFollowers } from './followers.js';
import { parseLossless } from './lossless-json.js';
import { readExecutionReport } from './read-frames.js';
import { openStreamSocket, type StreamSocket } from './stream-socket.js';

/** What streams of a venue need from outside. Accounts are names to them. */
export type StreamDeps = {
  readonly url: string;
  readonly host?: string;
  readonly route?: EgressRoute;
  readonly clock: VenueClock;
  readonly recvWindow: number;
  /** Signs for an account, purpose `stream`; undefined: it is not signed, whoever refused it. */
  readonly authorize: (account: string, payload: string) => Promise<Signature | undefined>;
  readonly random: () => number;
  readonly log: VenueLog;
  readonly silentAfterMs?: number;
};

/** The venue ends a connection after 24 hours: ours ends before, so that the gap is ours to choose. */
const maxAgeMs = 23 * 60 * 60_000;
/** An account whose last order is closed is listened to for as long: the next one may come soon. */
const idleMs = 30_000;
/** A key that may not listen (its type, its rights) is not tried again for as long: its orders are looked up. */
const refusedMs = 10 * 60_000;
const againMs = 1_000;

const answer = z.object({
  id: z.string(),
  status: z.number(),
  result: z.object({ subscriptionId: z.number() }).optional(),
  error: z.object({ code: z.number() }).optional(),
});
const event = z.object({ subscriptionId: z.number().optional(), event: z.looseObject({ e: z.string() }) });
const timestampRefused = -1021;

type State = { status: 'waiting' | 'asked' | 'on' | 'refused'; id?: number; until?: number; idle?: NodeJS.Timeout | undefined };

/**
 * Binance spot: one connection for all accounts that leave by the same way, each subscribed by one signature that does nothing else for keys of the types that the vault
 * signs it for. After each subscription and each end the orders are looked up, since nothing is replayed.
 */
export const createSpotStreams = ({ url, host, route, clock, recvWindow, authorize, random, log, silentAfterMs }: StreamDeps) => {
  const accounts = new Map<string, State>();
  const names = new Map<number, string>();
  const asked = new Map<string, string>();
  const backOff = createBackOff(random);
  const timers = new Set<NodeJS.Timeout>();
  let socket: StreamSocket | undefined;
  let isOpen = false;
  let waiting = false;
  let nextId = 1;
  let stopped = false;

  const later = (ms: number, work: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (!stopped) work();
    }, ms);
    timers.add(timer);
    return timer;
  };
  const cancel = (timer: NodeJS.Timeout | undefined): void => {
    clearTimeout(timer);
    if (timer) timers.delete(timer);
  };

  const refuse = (account: string, state: State, why: string): void => {
    state.status = 'refused';
    state.until = performance.now() + refusedMs;
    log.info({ stream: 'binance spot', why }, 'a key may not listen to its account; its orders are looked up');
    followers.look(account);
  };

  const subscribe = async (account: string): Promise<void> => {
    const state = accounts.get(account);
    if (!state || !isOpen || state.status !== 'waiting') return;
    const timestamp = clock.now();
    if (timestamp === undefined) return void later(againMs, () => void subscribe(account));
    state.status = 'asked';
    const signed = await authorize(account, `apiKey={apiKey}&recvWindow=${recvWindow}&timestamp=${timestamp}`);
    if (accounts.get(account) !== state || !isOpen || state.status !== 'asked') return;
    if (!signed) return refuse(account, state, 'not_signed');
    const id = String(nextId++);
    asked.set(id, account);
    const { apiKey, signature } = signed;
    socket?.send({ id, method: 'userDataStream.subscribe.signature', params: { apiKey, recvWindow, timestamp, signature } });
  };

  const subscribed = (account: string, { result, error }: z.output<typeof answer>): void => {
    const state = accounts.get(account);
    if (!state || state.status !== 'asked') return;
    if (result) {
      state.status = 'on';
      state.id = result.subscriptionId;
      names.set(result.subscriptionId, account);
      backOff.reset();
      return followers.look(account);
    }
    if (error?.code !== timestampRefused) return refuse(account, state, `venue.${error?.code ?? 'unreadable'}`);
    state.status = 'waiting';
    clock.resync();
    later(againMs, () => void subscribe(account));
  };

  /** One account's events ended; the connection goes on. */
  const terminated = (subscriptionId: number): void => {
    const account = names.get(subscriptionId);
    names.delete(subscriptionId);
    const state = account === undefined ? undefined : accounts.get(account);
    if (account === undefined || state?.id !== subscriptionId) return;
    delete state.id;
    state.status = 'waiting';
    followers.look(account);
    later(againMs, () => void subscribe(account));
  };

  const heard = (text: string): void => {
    const frame = parseLossless(text);
    const answered = answer.safeParse(frame);
    if (answered.success) {
      const account = asked.get(answered.data.id);
      asked.delete(answered.data.id);
      if (account !== undefined) subscribed(account, answered.data);
      return;
    }
    const told = event.safeParse(frame);
    if (!told.success) return;
    const { subscriptionId } = told.data;
    const { e } = told.data.event;
    if (e === 'serverShutdown') return socket?.close();
    if (subscriptionId === undefined) return;
    if (e === 'eventStreamTerminated') return terminated(subscriptionId);
    const account = names.get(subscriptionId);
    const fact = account === undefined ? undefined : readExecutionReport(told.data.event);
    if (fact) followers.tell(account ?? '', fact);
  };

  const ended = (why: string): void => {
    [socket, isOpen] = [undefined, false];
    names.clear();
    asked.clear();
    for (const [account, state] of accounts) {
      delete state.id;
      if (state.status !== 'refused') state.status = 'waiting';
      followers.look(account);
    }
    if (accounts.size === 0 || stopped) return;
    log.info(
      { stream: 'binance spot', why, accounts: accounts.size },
      'a stream ended; orders are looked up, and it is opened again',
    );
    waiting = true;
    later(backOff.nextMs(), () => {
      waiting = false;
      connect();
    });
  };

  const connect = (): void => {
    if (socket || waiting || stopped || accounts.size === 0) return;
    let age: NodeJS.Timeout | undefined;
    socket = openStreamSocket({
      url,
      ...(host !== undefined && { host }),
      ...(route && { route }),
      ...(silentAfterMs !== undefined && { silentAfterMs }),
      onOpen: () => {
        isOpen = true;
        age = later(maxAgeMs, () => socket?.close());
        for (const account of accounts.keys()) void subscribe(account);
      },
      onText: (text) => {
        try {
          heard(text);
        } catch (error) {
          log.warn({ stream: 'binance spot', reason: messageOf(error) }, 'a frame could not be read; orders are looked up');
          for (const account of accounts.keys()) followers.look(account);
        }
      },
      onEnd: (why) => {
        cancel(age);
        ended(why);
      },
    });
  };

  const release = (account: string): void => {
    const state = accounts.get(account);
    accounts.delete(account);
    if (state?.id !== undefined) {
      names.delete(state.id);
      socket?.send({ id: String(nextId++), method: 'userDataStream.unsubscribe', params: { subscriptionId: state.id } });
    }
    if (accounts.size === 0) socket?.close();
  };

  const followers = createFollowers(
    (account) => {
      const state = accounts.get(account);
      cancel(state?.idle);
      if (state?.status === 'on') return followers.look(account);
      if (!state) accounts.set(account, { status: 'waiting' });
      else if (state.status === 'refused' && performance.now() > (state.until ?? 0)) state.status = 'waiting';
      connect();
      void subscribe(account);
    },
    (account) => {
      const state = accounts.get(account);
      if (!state) return;
      cancel(state.idle);
      state.idle = later(state.status === 'refused' ? refusedMs : idleMs, () => {
        if (!followers.has(account)) release(account);
      });
    },
  );

  return {
    follow: followers.follow,
    accounts: (): number => accounts.size,
    /** Ends what is open; nothing is opened any more. */
    stop: (): void => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      socket?.close();
    },
  };
};
