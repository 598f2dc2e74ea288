import type { SimClock } from '../clock.js';
import type { Fault, Faults } from '../faults.js';
import type { ApiKey, Exchange } from '../names.js';
import type { SocketLink } from './socket.js';
import { frameFaults, orderStreamEvents, type StreamEvent, type StreamPath } from './stream-faults.js';

/** One message of a private stream, and what faults may ask about it. */
export type Frame = {
  readonly apiKey: ApiKey;
  readonly event: StreamEvent;
  readonly clientOrderId?: string;
  readonly text: string;
};

/** What a venue's kind of connection is like. */
export type ConnectionAbout = {
  readonly exchange: Exchange;
  readonly path: StreamPath;
  readonly ip: string;
  /** The venue's protocol pings, and after how long without a pong it gives up; absent where the client pings. */
  readonly ping?: { readonly everyMs: number; readonly deadMs: number };
  /** What the venue may say before it closes; absent where it says nothing. */
  readonly farewell?: () => string;
};

/** One open WebSocket, as the venue's streams write to it. */
export type Connection = {
  readonly id: number;
  readonly about: ConnectionAbout;
  readonly openedAtMs: number;
  readonly isOpen: () => boolean;
  /** What the client asked for; no fault of a stream touches it. */
  readonly answer: (text: string) => void;
  /** An event, through whatever fault waits for it. */
  readonly deliver: (frame: Frame) => void;
  readonly close: (code: number, reason: string) => void;
  readonly drop: () => void;
  /** Says so beforehand where the venue does, and closes `ms` later. */
  readonly shutDown: (ms: number) => void;
  /** Runs every `ms` until the connection ends. */
  readonly every: (ms: () => number, run: () => void) => void;
  readonly pong: () => void;
  /** The other side has gone. */
  readonly ended: () => void;
};

export const goingAway = 1001;
const policyViolation = 1008;
const dayMs = 86_400_000;

type Parts = {
  readonly clock: SimClock;
  readonly faults: Faults;
  /** What a test has set instead of the venue's own pings. */
  readonly pace: () => { readonly pingMs: number | null; readonly pongMs: number | null };
  readonly onEnd: (connection: Connection) => void;
};

export const createConnection = (id: number, link: SocketLink, about: ConnectionAbout, parts: Parts): Connection => {
  const { clock, faults } = parts;
  const cancels = new Map<number, () => void>();
  let lastTimer = 0;
  let open = true;
  let silentUntilMs = 0;
  let lastPongMs = clock.now();
  let held: string | undefined;

  const later: SimClock['schedule'] = (ms, run) => {
    const timer = (lastTimer += 1);
    const cancel = clock.schedule(ms, () => {
      cancels.delete(timer);
      run();
    });
    cancels.set(timer, cancel);
    return cancel;
  };
  const every = (ms: () => number, run: () => void): void => {
    later(ms(), () => {
      run();
      if (open) every(ms, run);
    });
  };

  const ended = (): void => {
    if (!open) return;
    open = false;
    for (const cancel of cancels.values()) cancel();
    cancels.clear();
    parts.onEnd(connection);
  };
  const close = (code: number, reason: string): void => {
    if (!open) return;
    ended();
    link.close(code, reason);
  };
  const drop = (): void => {
    if (!open) return;
    ended();
    link.drop();
  };

  const write = (text: string): void => {
    if (!open) return;
    link.send(text);
    const waiting = held;
    held = undefined;
    if (waiting !== undefined) link.send(waiting);
  };

  const shutDown = (ms: number): void => {
    if (open && about.farewell !== undefined) link.send(about.farewell());
    later(ms, () => close(goingAway, 'server shutdown'));
  };

  const met = (fault: Fault & { readonly kind: (typeof frameFaults)[number] }, text: string): void => {
    switch (fault.kind) {
      case 'stream-drop':
        return drop();
      case 'stream-lose':
        return undefined;
      case 'stream-silence':
        silentUntilMs = fault.ms === 0 ? Number.POSITIVE_INFINITY : clock.now() + fault.ms;
        return undefined;
      case 'stream-duplicate':
        write(text);
        return write(text);
      case 'stream-late':
        later(fault.ms, () => write(text));
        return undefined;
      case 'stream-reorder':
        if (held !== undefined) return write(text);
        held = text;
        later(fault.ms, () => {
          if (held === text) {
            held = undefined;
            write(text);
          }
        });
        return undefined;
      case 'stream-close':
        write(text);
        return close(goingAway, 'connection closed');
      case 'stream-shutdown':
        write(text);
        return shutDown(fault.ms);
    }
  };

  const connection: Connection = {
    id,
    about,
    openedAtMs: clock.now(),
    isOpen: () => open,
    answer: (text) => {
      if (open) link.send(text);
    },
    deliver: ({ apiKey, event, clientOrderId, text }) => {
      if (!open || clock.now() < silentUntilMs) return;
      const { exchange, path } = about;
      const target = { exchange, apiKey, path, method: 'GET', ...(clientOrderId === undefined ? {} : { clientOrderId }) };
      const means = ({ event: asked }: Fault): boolean =>
        asked === undefined ? orderStreamEvents.includes(event) : asked === event;
      const fault = faults.take(frameFaults, target, means);
      if (fault === undefined) write(text);
      else met(fault, text);
    },
    close,
    drop,
    shutDown,
    every,
    pong: () => {
      lastPongMs = clock.now();
    },
    ended,
  };

  const { ping } = about;
  if (ping !== undefined) {
    every(
      () => parts.pace().pingMs ?? ping.everyMs,
      () => {
        if (clock.now() - lastPongMs > (parts.pace().pongMs ?? ping.deadMs)) close(policyViolation, 'pong timeout');
        else link.ping();
      },
    );
  }
  later(dayMs, () => close(goingAway, 'connection is 24 hours old'));
  return connection;
};
