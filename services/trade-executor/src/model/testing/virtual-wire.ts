import type { RawReply, RawRequest } from '@latchkey/exchange-simulator';
import { Exchange as CcxtExchange } from 'ccxt';
import { currentProcess, type VirtualProcess } from './virtual-time.js';

/** Connect and headers, and the body after them: what undici waits for, as `connectClient` sets it. */
const bodyTimeoutMs = 8_000;

/** The way of one request and of its answer, as the run draws it. */
export type Way = {
  /** No connection: nothing was sent. */
  readonly refused: boolean;
  readonly thereMs: number;
  readonly backMs: number;
};

export type Wire = {
  readonly way: (process: VirtualProcess, host: string) => Way;
  /** Bytes leave: whatever becomes of the process, the venue gets them. */
  readonly leaving: (process: VirtualProcess, raw: RawRequest, host: string) => void;
  /** What the venue behind this host answers. */
  readonly venue: (host: string, raw: RawRequest) => Promise<RawReply>;
};

type Params = {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
};
type Response = {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: () => Promise<string>;
};

const wireError = (code: string): Error => Object.assign(new Error(`the connection failed (${code})`), { code });

const rawOf = (url: URL, { method, headers, body = '' }: Params): RawRequest => ({
  method,
  path: url.pathname,
  query: url.search.slice(1),
  body: Buffer.from(body).toString('latin1'),
  headers: { ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])), host: url.host },
  ip: '127.0.0.1',
});

/** The same as undici would answer, from a reply of a venue in this process. */
const responseOf = (reply: Exclude<RawReply, { kind: 'cut' }>, process: VirtualProcess): Response => ({
  status: reply.status,
  statusText: '',
  headers: reply.headers,
  text: async () => {
    if (reply.kind === 'answer') return reply.body;
    const { hold } = reply;
    return new Promise((_resolve, reject) => {
      const giveUp = process.time.plan(bodyTimeoutMs, () => {
        hold.release();
        process.hear(() => reject(wireError('UND_ERR_BODY_TIMEOUT')));
      });
      void hold.ended.then(() => {
        giveUp();
        process.hear(() => reject(wireError('UND_ERR_SOCKET')));
      });
    });
  },
});

const send = (process: VirtualProcess, wire: Wire, url: URL, params: Params): Promise<Response> =>
  new Promise((resolve, reject) => {
    const { refused, thereMs, backMs } = wire.way(process, url.host);
    const { time } = process;
    params.signal?.addEventListener('abort', () => reject(new DOMException('This operation was aborted', 'AbortError')), {
      once: true,
    });
    if (refused) {
      time.plan(thereMs, () => process.hear(() => reject(wireError('ECONNREFUSED'))));
      return;
    }
    const raw = rawOf(url, params);
    wire.leaving(process, raw, url.host);
    time.plan(thereMs, () => {
      void wire.venue(url.host, raw).then((reply) => {
        time.plan(backMs, () =>
          process.hear(() => (reply.kind === 'cut' ? reject(wireError('UND_ERR_SOCKET')) : resolve(responseOf(reply, process)))),
        );
      });
    });
  });

type Requesting = { undiciRequest: (url: string, params: object) => Promise<unknown> };

const wires = new WeakMap<VirtualProcess['time'], Wire>();

/** Joins the processes of a run to its venues. */
export const connectWire = (time: VirtualProcess['time'], wire: Wire): void => void wires.set(time, wire);

/**
 * Puts the virtual wire where ccxt would open a socket: everything above it (URLs, signing, reading, errors) is ccxt's own. Clients that are
 * made afterwards use it for requests of virtual processes.
 */
export const installVirtualWire = (): void => {
  const prototype = CcxtExchange.prototype as unknown as Requesting;
  const original = prototype.undiciRequest;
  prototype.undiciRequest = function (this: Requesting, url: string, params: object) {
    const process = currentProcess();
    const wire = process && wires.get(process.time);
    return process && wire ? send(process, wire, new URL(url), params as Params) : original.call(this, url, params);
  };
};
