import type { AskedError } from '../core/venue-edge.js';
import { BybitRefusal } from './refusal.js';

/**
 * Words of the codes that a test may ask for by fault. Those that a request can provoke are in `refusal.ts` too; the rest only happen to
 * a venue that is ill, or to accounts that are not played.
 *
 * @see Bybit v5, "Error codes"; `exchange-facts.md` 4.5
 */
const known: Readonly<Record<number, string>> = {
  [-2015]: 'Your api key has expired.',
  429: 'The trading service is experiencing a high server load. Please retry if you encounter this issue.',
  10000: 'Server Timeout',
  10001: 'Request parameter error.',
  10002: 'The request time exceeds the time window range.',
  10003: 'API key is invalid.',
  10004: 'Error sign, please check your signature generation algorithm.',
  10005: 'Permission denied, please check your API key permissions.',
  10006: 'Too many visits! Exceeded the API Rate Limit.',
  10007: 'User authentication failed.',
  10008: 'Common banned, please check your account mode',
  10009: 'IP has been banned.',
  10010: "Unmatched IP, please check your API key's bound IP addresses.",
  10014: 'Invalid duplicate request.',
  10016: 'Server error.',
  10017: 'Route not found.',
  10018: 'Exceeded the IP Rate Limit.',
  10024: 'Compliance rules triggered',
  10027: 'Transactions are banned.',
  10028: 'The API can only be accessed by unified account users.',
  10029: 'The requested symbol is invalid, please check symbol whitelist',
  33004: 'Your api key has expired.',
  34040: 'not modified',
  110001: 'order not exists or too late to cancel',
  110003: 'Order price exceeds the allowable range.',
  110004: 'Wallet balance is insufficient',
  110007: 'Available balance is insufficient',
  110008: 'The order has been completed or cancelled.',
  110010: 'The order has been cancelled',
  110012: 'Insufficient available balance',
  110013: 'Cannot set leverage due to risk limit level',
  110017: 'Reduce-only rule not satisfied',
  110020: 'You can not have more than 500 active orders',
  110024: 'You have an existing position, so the position mode cannot be switched',
  110025: 'Position mode has not been modified',
  110026: 'Cross/isolated margin mode has not been modified',
  110028: 'There are existing open orders, so you cannot switch the position mode',
  110043: 'Set leverage has not been modified',
  110044: 'Available margin is insufficient',
  110045: 'Wallet balance is insufficient',
  110052: 'Your available balance is insufficient to set the price',
  110072: 'OrderLinkedID is duplicate',
  110079: 'The order is processing and can not be operated, please try again later',
  110094: 'Order notional value below the lower limit',
  170001: 'Internal error.',
  170007: 'Timeout waiting for response from backend server.',
  170032: 'Network error. Please try again later',
  170033: 'margin Insufficient account balance',
  170124: 'Order amount too large.',
  170131: 'Balance insufficient',
  170134: 'Order price has too many decimals.',
  170136: 'Order quantity exceeded lower limit.',
  170137: 'Order volume decimal too long',
  170140: 'Order value exceeded lower limit',
  170141: 'Duplicate clientOrderId',
  170146: 'Order creation timeout',
  170149: 'Create order failed.',
  170210: 'New order rejected.',
  170213: 'Order does not exist.',
  170222: 'Too many requests in this time frame.',
  170234: 'System Error',
};

/** The one that says least about the order. */
const unknownCode = 10000;

/** The codes of `exchange-facts.md` 4.5, for the spec that counts them. */
export const documentedCodes: readonly number[] = Object.keys(known).map(Number);

/** The refusal that a fault asks for. Every business error of Bybit is HTTP 200, also one that the table does not have. */
export const askedRefusal = ({ code = unknownCode, status = 200, message }: AskedError): BybitRefusal =>
  new BybitRefusal(status, code, message ?? known[code] ?? `Error ${code}.`);
