import type { Account } from '../../core/accounts.js';
import type { Order } from '../../core/order.js';
import type { OrderEvent } from '../../core/order-events.js';
import { walletRow } from '../account/wallet-balance.js';
import type { BybitParts } from '../bybit-parts.js';
import { executionWire, orderWire } from '../order/order-wire.js';
import { positionWire } from '../position/position-wire.js';

/** The topics of an account. All but `wallet` exist per category too. */
export const topics = ['order', 'execution', 'wallet', 'position'] as const;
export type Topic = (typeof topics)[number];

/** A row of topic `order`: the fields of a look-up and a few of its own. */
export const orderRow = (order: Order): object => ({
  category: order.market,
  ...orderWire(order),
  closedPnl: '0',
  feeCurrency: order.fills.at(-1)?.feeAsset ?? '',
  slippageToleranceType: 'UNKNOWN',
  slippageTolerance: '',
  rpiTakerAccess: false,
});

/** How an order looks that was filled while a cancel of it was on its way: it comes a second time. */
export const lostCancelRow = (order: Order): object => ({ ...orderRow(order), rejectReason: 'EC_OrigClOrdIDDoesNotExist' });

export const executionRow = ({ order, fill }: Extract<OrderEvent, { type: 'filled' }>): object => ({
  category: order.market,
  ...executionWire(order, fill),
});

/** A row of topic `position`: as in the list, but for one name. */
export const positionRow = (order: Order, account: Account, parts: BybitParts): object | undefined => {
  const market = parts.markets.linear.find(({ symbol }) => symbol === order.pair.symbol);
  if (market === undefined) return undefined;
  const side = order.linear?.positionSide ?? 'both';
  const position = account.linear.position(market.symbol, side);
  const { slots } = parts.linear.margin(account.apiKey);
  const slot = slots.find(({ symbol, positionSide }) => symbol === market.symbol && positionSide === side);
  const { avgPrice: entryPrice, ...rest } = positionWire(account, market, side, {
    markPrice: parts.world.prices.mark(market.symbol),
    ...(position === undefined ? {} : { position }),
    ...(slot === undefined ? {} : { slot }),
  });
  return { category: 'linear', ...rest, entryPrice };
};

/** A row of topic `wallet`: the wallet that the order's market draws on. */
export const walletRowOf = (order: Order, account: Account, parts: BybitParts): object => {
  const classic = order.market === 'spot' ? 'SPOT' : 'CONTRACT';
  return walletRow(parts, account, account.unified ? 'UNIFIED' : classic);
};
