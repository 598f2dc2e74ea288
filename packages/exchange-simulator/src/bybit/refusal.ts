import { AppError } from '@latchkey/kernel';

/**
 * Bybit's answer to a request it refuses: its own number and its own words. A business refusal travels as HTTP 200; the few that the
 * gateway answers with a plain HTTP status have no number. Thrown only inside the Bybit side.
 */
export class BybitRefusal extends AppError<'bybit_refusal'> {
  readonly status: number;
  /** None: the gateway's plain text. */
  readonly retCode: number | undefined;

  constructor(status: number, retCode: number | undefined, message: string) {
    super('bybit_refusal', message);
    this.status = status;
    this.retCode = retCode;
  }
}

const bad = (retCode: number, message: string): BybitRefusal => new BybitRefusal(200, retCode, message);
const plain = (status: number, message: string): BybitRefusal => new BybitRefusal(status, undefined, message);

/**
 * The refusals served. Words where the documentation gives none are those of public issue threads and of ccxt's comments.
 *
 * @see Bybit v5, "Error codes"; `exchange-facts.md` 4.5
 */
export const refuse = {
  // The gateway, before anything is known about the caller.
  authHeaders: () => plain(401, 'Unauthorized'),
  tooFrequent: () => plain(403, '403, access too frequent. Please try again later'),
  bodyOnGet: () => plain(403, 'Forbidden'),
  noRoute: () => plain(404, '404 page not found'),
  wrongMethod: () => new BybitRefusal(404, 10017, 'Route not found.'),

  parameter: (detail: string) => bad(10001, `params error: ${detail}`),
  request: (words: string) => bad(10001, words),
  symbol: () => bad(10001, 'Not supported symbols'),
  window: (timestamp: string, serverMs: number, recvWindow: string) =>
    bad(
      10002,
      `invalid request, please check your server timestamp or recv_window param. req_timestamp[${timestamp}],server_timestamp[${serverMs}],recv_window[${recvWindow}]`,
    ),
  key: () => bad(10003, 'API key is invalid.'),
  signature: (origin: string) =>
    bad(10004, `error sign! origin_string[${origin}], please check your signature generation algorithm.`),
  permission: () => bad(10005, 'Permission denied, please check your API key permissions.'),
  tooManyVisits: () => bad(10006, 'Too many visits! Exceeded the API Rate Limit.'),
  address: () => bad(10010, "Unmatched IP, please check your API key's bound IP addresses."),
  unifiedOnly: () => bad(10028, 'The API can only be accessed by unified account users.'),
  expired: (category: 'spot' | 'linear' | undefined) =>
    category === 'spot' ? bad(-2015, 'Your api key has expired.') : bad(33004, 'Your api key has expired.'),

  linear: {
    notFound: () => bad(110001, 'order not exists or too late to cancel'),
    priceRange: () => bad(110003, 'Order price is out of permissible range'),
    tooManyConditional: () => bad(110009, 'The number of stop orders exceeds maximum limit allowed'),
    insufficient: () => bad(110007, 'ab not enough for new order'),
    leverageLimit: (asked: string, most: string) =>
      bad(110013, `cannot set leverage [${asked}] gt maxLeverage [${most}] by risk limit`),
    reduceOnly: () => bad(110017, 'current position is zero, cannot fix reduce-only order qty'),
    truncated: () => bad(110017, 'orderQty will be truncated to zero.'),
    tooManyOpen: () => bad(110020, 'Cannot have more than 500 active orders.'),
    modeHasPosition: () => bad(110024, 'You have an existing position, so position mode cannot be switched'),
    modeUnchanged: () => bad(110025, 'Position mode is not modified'),
    marginModeUnchanged: () => bad(110026, 'Cross/isolated margin mode is not modified'),
    modeHasOrders: () => bad(110028, 'Open orders exist, so you cannot change position mode'),
    leverageUnchanged: () => bad(110043, 'leverage not modified'),
    duplicate: () => bad(110072, 'OrderLinkedID is duplicate'),
    notional: (least: string) => bad(110094, `Order does not meet minimum order value ${least}USDT`),
  },
  spot: {
    tooLarge: () => bad(170124, 'Order amount too large.'),
    insufficient: () => bad(170131, 'Insufficient balance.'),
    priceDecimals: () => bad(170134, 'Order price decimal too long.'),
    tooSmall: () => bad(170136, 'Order quantity exceeded lower limit.'),
    quantityDecimals: () => bad(170137, 'Order quantity decimal too long.'),
    value: () => bad(170140, 'Order value exceeded lower limit.'),
    duplicate: () => bad(170141, 'Duplicate clientOrderId'),
    buyPrice: (most: string) => bad(170193, `Buy order price cannot be higher than ${most}USDT.`),
    sellPrice: (least: string) => bad(170194, `Sell order price cannot be lower than ${least}USDT.`),
    notFound: () => bad(170213, 'Order does not exist.'),
    tooManyOpen: () => bad(170810, 'Cannot exceed maximum of 500 conditional, TP/SL and active orders.'),
  },

  /** No answer of Bybit: a client asked for something that this simulator does not play, and should hear so rather than be misled. */
  notSimulated: (what: string) => bad(10001, `The simulator does not play ${what}.`),
} as const;
