import type { AskedError } from '../core/venue-edge.js';
import { BinanceRefusal } from './refusal.js';

type Entry = readonly [status: number, message: string];

/**
 * Status and words of the codes that a test may ask for by fault. The words are the documentation's where it has some; statuses marked (?)
 * in `exchange-facts.md` 3.5 are practice.
 *
 * @see Binance Spot API and USDⓈ-M Futures API, "Error codes"
 */
const known: Readonly<Record<number, Entry>> = {
  [-1000]: [500, 'An unknown error occurred while processing the request.'],
  [-1001]: [503, 'Internal error; unable to process your request. Please try again.'],
  [-1002]: [401, 'You are not authorized to execute this request.'],
  [-1003]: [429, 'Too many requests.'],
  [-1006]: [500, 'An unexpected response was received from the message bus. Execution status unknown.'],
  [-1007]: [408, 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.'],
  [-1008]: [503, 'Server is currently overloaded with other requests. Please try again in a few minutes.'],
  [-1013]: [400, 'Filter failure: LOT_SIZE'],
  [-1015]: [429, 'Too many new orders.'],
  [-1021]: [400, 'Timestamp for this request is outside of the recvWindow.'],
  [-1022]: [400, 'Signature for this request is not valid.'],
  [-1100]: [400, 'Illegal characters found in a parameter.'],
  [-1102]: [400, 'A mandatory parameter was not sent, was empty/null, or malformed.'],
  [-1104]: [400, 'Not all sent parameters were read.'],
  [-1106]: [400, 'A parameter was sent when not required.'],
  [-1111]: [400, 'Parameter has too much precision.'],
  [-1121]: [400, 'Invalid symbol.'],
  [-1125]: [400, 'This listenKey does not exist.'],
  [-2008]: [401, 'Invalid Api-Key ID.'],
  [-2010]: [400, 'Account has insufficient balance for requested action.'],
  [-2011]: [400, 'Unknown order sent.'],
  [-2013]: [400, 'Order does not exist.'],
  [-2014]: [401, 'API-key format invalid.'],
  [-2015]: [401, 'Invalid API-key, IP, or permissions for action.'],
  [-2018]: [400, 'Balance is insufficient.'],
  [-2019]: [400, 'Margin is insufficient.'],
  [-2020]: [400, 'Unable to fill.'],
  [-2021]: [400, 'Order would immediately trigger.'],
  [-2022]: [400, 'ReduceOnly Order is rejected.'],
  [-2025]: [400, 'Reach max open order limit.'],
  [-2026]: [400, 'Order was canceled or expired with no executed qty over 90 days ago and has been archived.'],
  [-2027]: [400, 'Exceeded the maximum allowable position at current leverage.'],
  [-2028]: [400, 'Leverage is smaller than permitted: insufficient margin balance.'],
  [-4003]: [400, 'Quantity less than or equal to zero.'],
  [-4028]: [400, 'Leverage 0 is not valid.'],
  [-4046]: [400, 'No need to change margin type.'],
  [-4047]: [400, 'Margin type cannot be changed if there exists open orders.'],
  [-4048]: [400, 'Margin type cannot be changed if there exists position.'],
  [-4059]: [400, 'No need to change position side.'],
  [-4061]: [400, "Order's position side does not match user's setting."],
  [-4067]: [400, 'Position side cannot be changed if there exists open orders.'],
  [-4068]: [400, 'Position side cannot be changed if there exists position.'],
  [-4116]: [400, 'ClientOrderId is duplicated.'],
  [-4120]: [400, 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.'],
  [-4131]: [400, "The counterparty's best price does not meet the PERCENT_PRICE filter limit."],
  [-4164]: [400, "Order's notional must be no smaller than 5.0 (unless you choose reduce only)."],
  [-4400]: [400, 'Futures Trading Quantitative Rules violated, only reduceOnly order is allowed, please try again later.'],
  [-5022]: [400, 'Due to the order could not be executed as maker, the Post Only order will be rejected.'],
};

const unknownCode = -1000;

/** The refusal that a fault asks for; a code that the table does not have is a sender's mistake without words of its own. */
export const askedRefusal = ({ code = unknownCode, status, message }: AskedError): BinanceRefusal => {
  const [documented, words] = known[code] ?? ([400, `Error ${code}.`] as const);
  return new BinanceRefusal(status ?? documented, code, message ?? words);
};
