import type { Account } from '../../core/accounts.js';
import type { SocketEndpoint } from '../../core/streams/socket-edge.js';
import { assertRight } from '../authenticate.js';
import type { BybitParts } from '../bybit-parts.js';
import { cancelOrder } from '../order/cancel-order.js';
import { createOrder } from '../order/place-order.js';
import type { SignedEndpoint } from '../endpoint.js';
import { wireUuid } from '../order-id.js';
import { categoryHint, readParams } from '../params.js';
import { BybitRefusal, refuse } from '../refusal.js';
import { checkWindow, defaultRecvWindow } from '../time-window.js';
import { authenticateStream } from './stream-auth.js';
import { readFrame, type ClientFrame } from './stream-frame.js';

const path = '/v5/trade';
const repeated = { auth: 20001, reqId: 20006 } as const;
const notAuthorized = 10404;

type Told = { readonly retCode: number; readonly retMsg: string; readonly data?: object };

const headerOf = ({ fields }: ClientFrame, name: string): string | undefined => {
  const { header } = fields;
  const value = typeof header === 'object' && header !== null ? (header as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
};

const createSession = (parts: BybitParts, ip: string, connId: string) => {
  const { clock, accounts, stats } = parts.world;
  const operations: Readonly<Record<string, SignedEndpoint>> = {
    'order.create': createOrder(parts),
    'order.cancel': cancelOrder(parts),
  };
  const seen = new Set<string>();
  let account: Account | undefined;

  const auth = ({ args }: ClientFrame): Told => {
    if (account !== undefined) return { retCode: repeated.auth, retMsg: 'Repeat auth' };
    account = authenticateStream(args, ip, { accounts, stats, nowMs: clock.now() });
    return { retCode: 0, retMsg: 'OK' };
  };

  /** No signature: that the connection is logged in is all that is asked, besides a time that is not too old. */
  const trade = (endpoint: SignedEndpoint, frame: ClientFrame): Told => {
    if (account === undefined) return { retCode: notAuthorized, retMsg: 'Request not authorized' };
    const timestamp = headerOf(frame, 'X-BAPI-TIMESTAMP');
    const window = { timestamp: timestamp ?? '', recvWindow: headerOf(frame, 'X-BAPI-RECV-WINDOW') ?? defaultRecvWindow };
    if (timestamp === undefined) throw refuse.request('Params Error');
    checkWindow(window, clock.now());
    const current = accounts.find(account.apiKey);
    if (current === undefined || current.revoked) throw refuse.key();
    const body = JSON.stringify(frame.args[0] ?? {});
    assertRight({ account: current, window, category: categoryHint('POST', '', body) }, endpoint.right);
    const answer = endpoint.answer({
      target: { exchange: 'bybit', apiKey: current.apiKey, path, method: 'POST' },
      now: clock.now,
      commit: (effect) => effect(true),
      params: readParams('POST', '', Buffer.from(body).toString('latin1')),
      receivedAtMs: clock.now(),
      account: current,
      window,
    });
    return { retCode: 0, retMsg: 'OK', data: answer.kind === 'result' ? answer.result : {} };
  };

  const answered = (frame: ClientFrame): Told => {
    const { reqId } = frame.fields;
    if (typeof reqId === 'string' && reqId !== '') {
      if (seen.has(reqId)) return { retCode: repeated.reqId, retMsg: 'reqId is duplicate' };
      seen.add(reqId);
    }
    if (frame.op === 'auth') return auth(frame);
    const endpoint = operations[frame.op];
    if (endpoint === undefined) return { retCode: notAuthorized, retMsg: 'op type is not found' };
    return trade(endpoint, frame);
  };
  const safely = (frame: ClientFrame): Told => {
    try {
      return answered(frame);
    } catch (error) {
      if (error instanceof BybitRefusal) return { retCode: error.retCode ?? notAuthorized, retMsg: error.message, data: {} };
      throw error;
    }
  };

  return (frame: ClientFrame): object => {
    const { reqId } = frame.fields;
    const named = reqId === undefined ? {} : { reqId };
    if (frame.op === 'ping') return { ...named, op: 'pong', args: [String(clock.now())], connId };
    const { data, ...told } = safely(frame);
    const traded = frame.op.startsWith('order.')
      ? { data: data ?? {}, retExtInfo: {}, header: { Timenow: String(clock.now()) } }
      : {};
    return { ...named, ...told, op: frame.op, ...traded, connId };
  };
};

/** `/v5/trade`: orders without a signature each. Its login is the text that opens `/v5/private`. */
export const tradeSocket = (parts: BybitParts, allows: () => boolean, refusal: SocketEndpoint['open']): SocketEndpoint => ({
  path,
  open: (raw) => {
    if (!allows()) return refusal(raw);
    const { streams, ids } = parts.world;
    return (link) => {
      const connection = streams.open(link, { exchange: 'bybit', path, ip: raw.ip });
      const answer = createSession(parts, raw.ip, wireUuid(ids.nextSequence()));
      return {
        message: (text) => connection.answer(JSON.stringify(answer(readFrame(text)))),
        pong: connection.pong,
        closed: connection.ended,
      };
    };
  },
});
