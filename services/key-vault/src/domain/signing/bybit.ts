import type { MarketType, SignItem, SignPurpose, VaultErrorCode } from '@latchkey/contracts';
import { assertNever } from '@latchkey/kernel';
import { readBybitString } from './bybit-string.js';
import { parseBody } from './json-body.js';
import { parseParameters } from './parameters.js';
import {
  amount,
  fitsOneOf,
  leverage,
  oneOf,
  ownOrderId,
  pageSize,
  text,
  type Fields,
  type Grammar,
  type Shape,
  type ValueRules,
} from './shape.js';
import { refusalOfWindow } from './time-window.js';
import { refusalOfSetting, refusalOfTrade } from './trade-binding.js';

const marketOrder = ['symbol', 'side', 'orderType', 'category', 'qty', 'orderLinkId'];

type Orders = Readonly<Record<'open' | 'close', Shape>>;
const orders: Readonly<Record<MarketType, Orders>> = {
  spot: {
    open: { required: [...marketOrder, 'marketUnit'] },
    close: { required: [...marketOrder, 'marketUnit'] },
  },
  linear: {
    open: { required: marketOrder, optional: ['positionIdx'] },
    close: { required: [...marketOrder, 'reduceOnly'], optional: ['positionIdx'] },
  },
};

// One order and its executions; and a page of one symbol's orders or positions, by which the books are compared. A query changes nothing.
const reads: readonly Shape[] = [
  { required: ['category', 'symbol', 'limit'] },
  { required: ['category', 'symbol', 'orderLinkId'] },
  { required: ['category', 'symbol', 'orderId'], optional: ['limit'] },
];

// How much of one coin the account has: an exit on spot sells no more than that, and followers size by a share of it.
const balance: Shape = { required: ['accountType', 'coin'] };

// One leverage for both sides of one symbol: an order is traded at no other. Margin and position mode are the account's own.
const leverageOfSymbol: Shape = { required: ['category', 'symbol', 'buyLeverage', 'sellLeverage'] };

// Nothing is canceled at Bybit yet. A body for it would, where unknown names are passed over, also cancel all orders of its symbol.
const shapesOf = (purpose: SignPurpose, marketType: MarketType): readonly Shape[] => {
  const { open, close } = orders[marketType];
  const configure = marketType === 'linear' ? [leverageOfSymbol] : [];
  const read = [...reads, balance];
  return { verify: [{ required: [] }], open: [open], close: [close], read, cancel: [], configure, stream: [] }[purpose];
};

const rulesOf = (marketType: MarketType): ValueRules => ({
  category: oneOf(marketType),
  // No punctuation: spreads (SOLUSDT_SOL/USDT), options and dated futures have theirs, and endpoints that take the same names.
  symbol: text(/^[A-Z0-9]{2,30}$/),
  side: oneOf('Buy', 'Sell'),
  orderType: oneOf('Market'),
  qty: amount,
  marketUnit: oneOf('baseCoin', 'quoteCoin'),
  positionIdx: oneOf(0, 1, 2),
  reduceOnly: oneOf(true),
  orderLinkId: ownOrderId,
  orderId: text(/^(?:\d{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/),
  limit: pageSize,
  buyLeverage: leverage,
  sellLeverage: leverage,
  accountType: oneOf('UNIFIED'),
  coin: text(/^[A-Z0-9]{1,20}$/),
});

/** Shows in which position mode the account keeps contracts, by those of one symbol: Bybit has no question about the mode alone. */
const positionModeQuery = 'category=linear&symbol=BTCUSDT';

const asksAboutKey = (content: string, marketType: MarketType): boolean =>
  content === '' || (marketType === 'linear' && content === positionModeQuery);

/** Queries are read, bodies trade, and two exact strings ask about the key and its account: each purpose has one of them. */
const fieldsOf = (purpose: SignPurpose, content: string, marketType: MarketType): Fields | undefined => {
  if (purpose === 'verify') return asksAboutKey(content, marketType) ? new Map() : undefined;
  return purpose === 'read' ? parseParameters(content) : parseBody(content);
};

/** In hedge mode 1 is the long position and 2 the short one. */
const enlarges = (position: unknown, side: unknown): boolean => (position === 1) === (side === 'Buy');

const agrees = (purpose: 'open' | 'close', marketType: MarketType, fields: Fields): boolean => {
  const [side, position] = [fields.get('side'), fields.get('positionIdx') ?? 0];
  // Spot has no reduce-only: what closes is a sell of so much of what is owned.
  if (marketType === 'spot') return purpose === 'open' || (side === 'Sell' && fields.get('marketUnit') === 'baseCoin');
  return position === 0 || enlarges(position, side) === (purpose === 'open');
};

const refusalOfPurpose = (item: SignItem, fields: Fields): VaultErrorCode | undefined => {
  switch (item.purpose) {
    case 'open':
    case 'close': {
      const refusal = refusalOfTrade(item, fields.get('orderLinkId'));
      return refusal ?? (agrees(item.purpose, item.marketType, fields) ? undefined : 'vault.string_not_allowed');
    }
    case 'verify':
      return item.verificationId === undefined ? 'vault.verification_not_open' : undefined;
    case 'configure':
      return fields.get('buyLeverage') === fields.get('sellLeverage') ? refusalOfSetting(item) : 'vault.string_not_allowed';
    case 'read':
    case 'cancel':
    case 'stream':
      return undefined;
    default:
      return assertNever(item.purpose);
  }
};

/** What may be signed on one of Bybit's markets: market orders bound to a trade, the leverage that one is to have, look-ups, and the question about the key. */
export const createBybitGrammar = (marketType: MarketType): Grammar => {
  const rules = rulesOf(marketType);
  return (item, nowMs) => {
    const string = readBybitString(item.payload);
    if (string === undefined) return 'vault.string_not_allowed';
    const fields = fieldsOf(item.purpose, string.content, marketType);
    if (fields === undefined || !fitsOneOf(fields, shapesOf(item.purpose, marketType), rules)) return 'vault.string_not_allowed';
    return refusalOfWindow(string.timestamp, string.recvWindow, nowMs) ?? refusalOfPurpose(item, fields);
  };
};
