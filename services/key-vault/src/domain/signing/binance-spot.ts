import type { SignItem, SignPurpose, VaultErrorCode } from '@latchkey/contracts';
import { assertNever } from '@latchkey/kernel';
import { parseParameters, type Parameters } from './parameters.js';
import { refusalOfWindow } from './time-window.js';
import { refusalOfTrade } from './trade-binding.js';

type Shape = {
  /** Parameter names that must be there, and those that may; every other name refuses the string. */
  readonly required: readonly string[];
  readonly optional?: readonly string[];
};

const window = ['timestamp', 'recvWindow'];
const marketOrder = ['symbol', 'side', 'type', 'newClientOrderId', ...window];

// Exact names, as ccxt writes them (exchange-facts 3.2). A venue signs neither method nor path, so each of these is good on every endpoint
// that takes the same names: a look-up by client order id would also cancel that order. `symbol` alone is missing on purpose: as
// DELETE openOrders it cancels everything.
const shapes: Readonly<Record<SignPurpose, readonly Shape[]>> = {
  verify: [{ required: window }],
  open: [
    { required: [...marketOrder, 'quantity'], optional: ['newOrderRespType'] },
    { required: [...marketOrder, 'quoteOrderQty'], optional: ['newOrderRespType'] },
  ],
  close: [{ required: [...marketOrder, 'quantity'], optional: ['newOrderRespType'] }],
  read: [
    { required: window, optional: ['omitZeroBalances'] },
    { required: ['symbol', 'origClientOrderId', ...window] },
    // The order itself, and its fills (myTrades).
    { required: ['symbol', 'orderId', ...window], optional: ['limit'] },
  ],
  cancel: [{ required: ['symbol', 'origClientOrderId', ...window] }, { required: ['symbol', 'orderId', ...window] }],
};

const amount = /^(?=.*[1-9])\d{1,20}(?:\.\d{1,18})?$/;

const values: Readonly<Record<string, RegExp>> = {
  side: /^(?:BUY|SELL)$/,
  type: /^MARKET$/,
  quantity: amount,
  quoteOrderQty: amount,
  newOrderRespType: /^(?:ACK|RESULT|FULL)$/,
  newClientOrderId: /^[0-9a-f]{32}-[a-z0-9]{2}$/,
  origClientOrderId: /^[A-Za-z0-9._:-]{1,36}$/,
  orderId: /^\d{1,19}$/,
  limit: /^[1-9]\d{0,3}$/,
  omitZeroBalances: /^(?:true|false)$/,
};

const hasShape = (parameters: Parameters, { required, optional = [] }: Shape): boolean =>
  required.every((name) => parameters.has(name)) &&
  [...parameters.keys()].every((name) => required.includes(name) || optional.includes(name));

const hasValues = (parameters: Parameters): boolean =>
  [...parameters].every(([name, value]) => values[name]?.test(value) ?? true);

const refusalOfPurpose = (item: SignItem, parameters: Parameters): VaultErrorCode | undefined => {
  switch (item.purpose) {
    case 'open':
      return refusalOfTrade(item, parameters.get('newClientOrderId'));
    case 'close': {
      // Spot has no reduce-only: what closes is a sell.
      const refusal = refusalOfTrade(item, parameters.get('newClientOrderId'));
      return refusal ?? (parameters.get('side') === 'SELL' ? undefined : 'vault.string_not_allowed');
    }
    case 'verify':
      return item.verificationId === undefined ? 'vault.verification_not_open' : undefined;
    case 'read':
    case 'cancel':
      return undefined;
    default:
      return assertNever(item.purpose);
  }
};

/** What may be signed on Binance spot: market orders bound to a trade, look-ups and cancels of one order, and the account. */
export const binanceSpotGrammar = (item: SignItem, nowMs: number): VaultErrorCode | undefined => {
  const parameters = parseParameters(item.payload);
  if (parameters === undefined) return 'vault.string_not_allowed';
  if (!shapes[item.purpose].some((shape) => hasShape(parameters, shape)) || !hasValues(parameters))
    return 'vault.string_not_allowed';
  return refusalOfWindow(parameters, nowMs) ?? refusalOfPurpose(item, parameters);
};
