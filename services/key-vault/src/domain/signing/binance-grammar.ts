import type { SignItem, SignPurpose, VaultErrorCode } from '@latchkey/contracts';
import { assertNever } from '@latchkey/kernel';
import { parseParameters, type Parameters } from './parameters.js';
import {
  amount,
  fitsOneOf,
  leverage,
  oneOf,
  ownOrderId,
  pageSize,
  text,
  type Grammar,
  type Shape,
  type ValueRules,
} from './shape.js';
import { refusalOfWindow } from './time-window.js';
import { refusalOfSetting, refusalOfTrade } from './trade-binding.js';

/** What one of Binance's markets has of its own. */
export type BinanceMarket = {
  readonly shapes: Readonly<Record<SignPurpose, readonly Shape[]>>;
  readonly rules: ValueRules;
  /** Whether side and position agree with the purpose: what is called a close cannot make a position larger. */
  readonly agrees: (purpose: 'open' | 'close', parameters: Parameters) => boolean;
};

export const binanceWindow = ['timestamp', 'recvWindow'] as const;
export const binanceMarketOrder = ['symbol', 'side', 'type', 'newClientOrderId', ...binanceWindow] as const;

/** One order, and its executions when it is named by the venue's id. */
export const binanceOneOrder: readonly Shape[] = [
  { required: ['symbol', 'origClientOrderId', ...binanceWindow] },
  { required: ['symbol', 'orderId', ...binanceWindow], optional: ['limit'] },
];

export const binanceRules: ValueRules = {
  // No punctuation: coin-margined contracts (BTCUSD_PERP) and options (BTC-…-C) take the same parameters at endpoints of their own.
  symbol: text(/^(?:[A-Z0-9]|%[0-9A-F]{2})+$/),
  side: oneOf('BUY', 'SELL'),
  type: oneOf('MARKET'),
  quantity: amount,
  newClientOrderId: ownOrderId,
  origClientOrderId: text(/^[A-Za-z0-9._:-]{1,36}$/),
  orderId: text(/^\d{1,19}$/),
  limit: pageSize,
  leverage,
  timestamp: text(/^\d+$/),
  recvWindow: text(/^\d+$/),
};

const refusalOfPurpose = (item: SignItem, parameters: Parameters, { agrees }: BinanceMarket): VaultErrorCode | undefined => {
  switch (item.purpose) {
    case 'open':
    case 'close': {
      const refusal = refusalOfTrade(item, parameters.get('newClientOrderId'));
      return refusal ?? (agrees(item.purpose, parameters) ? undefined : 'vault.string_not_allowed');
    }
    case 'verify':
      return item.verificationId === undefined ? 'vault.verification_not_open' : undefined;
    case 'configure':
      return refusalOfSetting(item);
    case 'read':
    case 'cancel':
    case 'stream':
      return undefined;
    default:
      return assertNever(item.purpose);
  }
};

/**
 * Strings of Binance: `name=value&…` with `timestamp` and `recvWindow` among them. The venue signs neither method nor path, so each shape
 * is good on every endpoint that takes the same names; `docs/threat-model.md` lists them.
 */
export const createBinanceGrammar =
  (market: BinanceMarket): Grammar =>
  (item, nowMs) => {
    const parameters = parseParameters(item.payload);
    if (parameters === undefined || !fitsOneOf(parameters, market.shapes[item.purpose], market.rules))
      return 'vault.string_not_allowed';
    const refusal = refusalOfWindow(parameters.get('timestamp'), parameters.get('recvWindow'), nowMs);
    return refusal ?? refusalOfPurpose(item, parameters, market);
  };
