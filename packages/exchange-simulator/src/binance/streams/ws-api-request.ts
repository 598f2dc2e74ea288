import { paramsOf, type Params } from '../params.js';
import { BinanceRefusal, refuse } from '../refusal.js';
import type { AccountKey } from '../../core/account-key.js';

export type RequestId = string | number | null;

/** One frame of a client. */
export type WsRequest = {
  readonly id: RequestId;
  readonly method: string;
  readonly params: Params;
  /** What a signature covers: all parameters but itself, sorted by name, the API key included (unlike REST). */
  readonly payload: string;
  readonly names: ReadonlySet<string>;
};

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A frame that cannot be read has no id to answer under. */
export class UnreadableFrame extends BinanceRefusal {}

const readId = (value: unknown): RequestId => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new UnreadableFrame(400, -1102, "Field 'id' must be a whole number, text or null.");
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * @throws {UnreadableFrame}
 * @see Binance Spot WebSocket API, "Request format"
 */
export const readWsRequest = (text: string): WsRequest => {
  const frame = parse(text);
  if (!isFields(frame)) throw new UnreadableFrame(400, -1135, 'The frame is not a JSON object.');
  const { method, params = {} } = frame;
  const id = readId(frame['id']);
  if (typeof method !== 'string' || !isFields(params))
    throw new UnreadableFrame(400, -1102, "Field 'method' or 'params' is malformed.");
  const values = new Map(Object.entries(params).map(([name, value]) => [name, textOf(value)]));
  const signed = [...values].filter(([name]) => name !== 'signature').sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    id,
    method,
    params: paramsOf(values),
    payload: signed.map(([name, value]) => `${name}=${value}`).join('&'),
    names: new Set(values.keys()),
  };
};

/** Sessions are for keys that sign with Ed25519. @throws {BinanceRefusal} */
export const assertSessionKey = (key: AccountKey): void => {
  if (key.type !== 'ed25519') throw refuse.hmacSession();
};
