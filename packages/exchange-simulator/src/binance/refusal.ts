import { AppError } from '@latchkey/kernel';

/** Binance's answer to a request it refuses: HTTP status, its own number and its own words. Thrown only inside the Binance side. */
export class BinanceRefusal extends AppError<'binance_refusal'> {
  readonly status: number;
  readonly venueCode: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, venueCode: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super('binance_refusal', message);
    this.status = status;
    this.venueCode = venueCode;
    this.headers = headers;
  }
}

const bad = (venueCode: number, message: string): BinanceRefusal => new BinanceRefusal(400, venueCode, message);

/**
 * The refusals served, in the documented words, since clients match on them.
 *
 * @see Binance Spot API, "Error codes"; HTTP statuses as in `exchange-facts.md` 3.5 (those marked (?) there are practice, not documentation)
 */
export const refuse = {
  filter: (name: string) => bad(-1013, `Filter failure: ${name}`),
  invalidValue: (parameter: 'quantity' | 'price' | 'quoteOrderQty' | 'stopPrice') => bad(-1013, `Invalid ${parameter}.`),
  tooManyOrders: (limit: number, interval: string, retryAfterSeconds: number) =>
    new BinanceRefusal(429, -1015, `Too many new orders; current limit is ${limit} orders per ${interval}.`, {
      'retry-after': String(retryAfterSeconds),
    }),
  tooMuchWeight: (limit: number, retryAfterSeconds: number) =>
    new BinanceRefusal(
      429,
      -1003,
      `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
      { 'retry-after': String(retryAfterSeconds) },
    ),
  banned: (untilMs: number, retryAfterSeconds: number) =>
    new BinanceRefusal(
      418,
      -1003,
      `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`,
      { 'retry-after': String(retryAfterSeconds) },
    ),
  outsideWindow: () => bad(-1021, 'Timestamp for this request is outside of the recvWindow.'),
  aheadOfServer: () => bad(-1021, "Timestamp for this request was 1000ms ahead of the server's time."),
  signature: () => bad(-1022, 'Signature for this request is not valid.'),
  illegalCharacters: (parameter: string, legal: string) =>
    bad(-1100, `Illegal characters found in parameter '${parameter}'; legal range is '${legal}'.`),
  illegalEncoding: () => bad(-1100, 'Illegal characters found in a parameter.'),
  duplicateParameter: () => bad(-1101, 'Duplicate values for a parameter detected.'),
  missing: (parameter: string) => bad(-1102, `Mandatory parameter '${parameter}' was not sent, was empty/null, or malformed.`),
  oneOf: (first: string, second: string) => bad(-1102, `Param '${first}' or '${second}' must be sent, but both were empty/null!`),
  unread: (read: number, sent: number) =>
    bad(-1104, `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${sent}'.`),
  empty: (parameter: string) => bad(-1105, `Parameter '${parameter}' was empty.`),
  notRequired: (parameter: string) => bad(-1106, `Parameter '${parameter}' sent when not required.`),
  precision: (parameter: string) => bad(-1111, `Parameter '${parameter}' has too much precision.`),
  timeInForce: () => bad(-1115, 'Invalid timeInForce.'),
  orderType: () => bad(-1116, 'Invalid orderType.'),
  side: () => bad(-1117, 'Invalid side.'),
  interval: () => bad(-1120, 'Invalid interval.'),
  symbol: () => bad(-1121, 'Invalid symbol.'),
  listenKey: () => bad(-1125, 'This listenKey does not exist.'),
  invalidParameter: (parameter: string) => bad(-1130, `Data sent for parameter '${parameter}' is not valid.`),
  recvWindow: () => bad(-1131, 'recvWindow must be less than 60000.'),
  responseType: () => bad(-1136, 'Invalid newOrderRespType.'),
  json: (parameter: string) => bad(-1135, `JSON sent for parameter '${parameter}' is not valid`),
  cancelRestrictions: () => bad(-1145, "'cancelRestrictions' has to be either ONLY_NEW or ONLY_PARTIALLY_FILLED."),
  duplicateSymbols: () => bad(-1151, 'Symbol is present multiple times in the list.'),
  newOrder: (words: string) => bad(-2010, words),
  cancel: (words: string) => bad(-2011, words),
  noSuchOrder: () => bad(-2013, 'Order does not exist.'),
  subscriptionActive: () => bad(-2035, 'User Data Stream subscription already active.'),
  subscriptionInactive: () => bad(-2036, 'User Data Stream subscription not active.'),
  tooManySubscriptions: () => bad(-1034, 'Too many subscriptions on this connection.'),
  sessionNeeded: () => new BinanceRefusal(401, -2014, 'The session is not authenticated.'),
  hmacSession: () => bad(-4056, 'Only Ed25519 API keys may be used here.'),
  keyFormat: () => new BinanceRefusal(401, -2014, 'API-key format invalid.'),
  keyRejected: () => new BinanceRefusal(401, -2015, 'Invalid API-key, IP, or permissions for action.'),
  /** No answer of Binance: a client asked for something that this simulator does not play, and should hear so rather than be misled. */
  notSimulated: (what: string) => new BinanceRefusal(501, -1020, `The simulator does not play ${what}.`),
} as const;
