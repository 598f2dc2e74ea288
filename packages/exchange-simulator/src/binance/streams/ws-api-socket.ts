import type { SocketEndpoint } from '../../core/streams/socket-edge.js';
import type { Connection } from '../../core/streams/connection.js';
import type { RawRequest } from '../../core/raw-http.js';
import { BinanceRefusal, refuse } from '../refusal.js';
import type { BinanceParts } from './binance-parts.js';
import { readWsRequest, UnreadableFrame, type RequestId } from './ws-api-request.js';
import { createWsApiSession, SessionEnded } from './ws-api-session.js';

const wsApiPath = '/ws-api/v3';
const connectWeight = 2;
const weightPath = '/api/v3/';
/** A ping every 20 s; without a pong for a minute the venue gives up. */
const ping = { everyMs: 20_000, deadMs: 60_000 };

const answered = (parts: BinanceParts, connection: Connection, raw: RawRequest) => {
  const session = createWsApiSession(parts, connection, raw);
  const used = (): number => Number(parts.limiter.headers(raw.ip, weightPath)['x-mbx-used-weight-1m'] ?? 0);
  const rateLimits = () => [
    {
      rateLimitType: 'REQUEST_WEIGHT',
      interval: 'MINUTE',
      intervalNum: 1,
      limit: parts.limits.weightPerMinute,
      count: used(),
    },
  ];
  const refused = (id: RequestId, { status, venueCode, message }: BinanceRefusal): object => ({
    id,
    status,
    error: { code: venueCode, msg: message },
    rateLimits: rateLimits(),
  });
  return (text: string): object => {
    let id: RequestId = null;
    try {
      const request = readWsRequest(text);
      id = request.id;
      return { id, status: 200, ...session.handle(request), rateLimits: rateLimits() };
    } catch (error) {
      if (error instanceof SessionEnded) {
        session.logOff();
        return refused(null, refuse.keyRejected());
      }
      if (error instanceof UnreadableFrame) return refused(null, error);
      if (error instanceof BinanceRefusal) return refused(id, error);
      throw error;
    }
  };
};

const hasWeight = ({ limiter }: BinanceParts, ip: string): boolean => {
  try {
    limiter.charge(ip, weightPath, connectWeight);
    return true;
  } catch (error) {
    if (error instanceof BinanceRefusal) return false;
    throw error;
  }
};

/** `/ws-api/v3`: spot's WebSocket API, which user data streams are part of. */
export const wsApiSocket = (
  parts: BinanceParts,
  allows: (ip: string) => boolean,
  refusal: SocketEndpoint['open'],
): SocketEndpoint => ({
  path: wsApiPath,
  open: (raw) => {
    if (!allows(raw.ip) || !hasWeight(parts, raw.ip)) return refusal(raw);
    const { clock, streams } = parts.world;
    return (link) => {
      const farewell = (): string => JSON.stringify({ event: { e: 'serverShutdown', E: clock.now() } });
      const connection = streams.open(link, { exchange: 'binance', path: wsApiPath, ip: raw.ip, ping, farewell });
      const answer = answered(parts, connection, raw);
      return {
        message: (text) => connection.answer(JSON.stringify(answer(text))),
        pong: connection.pong,
        closed: connection.ended,
      };
    };
  },
});
