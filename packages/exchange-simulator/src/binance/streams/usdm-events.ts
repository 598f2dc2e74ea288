import { decimal, isZero, subtract, sum, toFixedPlaces, zero } from '@latchkey/kernel';
import type { Account } from '../../core/accounts.js';
import { averagePrice, executedQuantity, type Order } from '../../core/order.js';
import type { OrderEvent } from '../../core/order-events.js';
import type { Asset } from '../../core/names.js';
import { times } from '../usdm/order-wire.js';
import { positionRows, type PositionRow } from '../usdm/position-wire.js';
import { money, priceText, quantityText, type UsdmRules } from '../usdm/usdm-markets.js';
import type { AlgoOrder } from '../../core/algo-order.js';
import { childTexts } from '../usdm/algo/algo-wire.js';
import type { UsdmParts } from '../usdm/usdm-parts.js';
import { entryPrice } from '../../core/positions.js';

/** What a private stream of USDM may be asked for by its `events` filter. */
export const usdmEvents = [
  'ORDER_TRADE_UPDATE',
  'ACCOUNT_UPDATE',
  'TRADE_LITE',
  'ALGO_UPDATE',
  'CONDITIONAL_ORDER_TRIGGER_REJECT',
  'ACCOUNT_CONFIG_UPDATE',
  'listenKeyExpired',
] as const;

const settlement = 'USDT' as Asset;
const text = (amount: string): string => (isZero(decimal(amount)) ? '0' : amount);

const executionTypes = { accepted: 'NEW', triggered: 'NEW', filled: 'TRADE' } as const;
const executionType = ({ type, order }: OrderEvent): string =>
  type === 'ended' ? order.status.toUpperCase() : executionTypes[type];

const sideOf = ({ linear }: Order): string => (linear?.positionSide ?? 'both').toUpperCase();

const fillOf = (event: OrderEvent, rules: UsdmRules): object =>
  event.type === 'filled'
    ? {
        l: quantityText(rules, event.fill.quantity),
        L: priceText(rules, event.fill.price),
        N: event.fill.feeAsset,
        n: money(event.fill.fee),
        t: event.fill.tradeId,
        m: event.fill.maker,
        rp: money(event.fill.realisedPnl ?? zero),
      }
    : { l: '0', L: '0', t: 0, m: false, rp: '0' };

/** @see Binance USDⓈ-M Futures API, "User Data Streams", order update */
export const orderTradeUpdate = (event: OrderEvent, { world, markets }: UsdmParts): object => {
  const { order } = event;
  const { rules } = markets.of(order.pair.symbol);
  return {
    e: 'ORDER_TRADE_UPDATE',
    E: world.clock.now(),
    T: order.updatedAtMs,
    o: {
      s: order.pair.symbol,
      c: order.clientOrderId,
      S: order.side.toUpperCase(),
      o: order.type.toUpperCase(),
      f: times[order.timeInForce],
      q: quantityText(rules, order.quantity),
      p: text(priceText(rules, order.price ?? zero)),
      ap: text(toFixedPlaces(averagePrice(order), 5)),
      sp: '0',
      x: executionType(event),
      X: order.status.toUpperCase(),
      i: order.orderId,
      z: quantityText(rules, executedQuantity(order)),
      ...fillOf(event, rules),
      T: order.updatedAtMs,
      b: '0',
      a: '0',
      R: order.linear?.reduceOnly ?? false,
      wt: order.echo['workingType'] ?? 'CONTRACT_PRICE',
      ot: order.type.toUpperCase(),
      ps: sideOf(order),
      cp: false,
      pP: order.echo['priceProtect'] ?? false,
      si: 0,
      ss: 0,
      V: order.echo['selfTradePreventionMode'] ?? 'EXPIRE_MAKER',
      pm: order.echo['priceMatch'] ?? 'NONE',
      gtd: 0,
      er: event.type === 'ended' && order.status === 'expired' ? '3' : '0',
    },
  };
};

/** Comes before the fill's full event and says less. */
export const tradeLite = ({ fill, order }: Extract<OrderEvent, { type: 'filled' }>, { world, markets }: UsdmParts): object => {
  const { rules } = markets.of(order.pair.symbol);
  return {
    e: 'TRADE_LITE',
    E: world.clock.now(),
    T: fill.atMs,
    s: order.pair.symbol,
    q: quantityText(rules, order.quantity),
    p: text(priceText(rules, order.price ?? zero)),
    m: fill.maker,
    c: order.clientOrderId,
    S: order.side.toUpperCase(),
    L: priceText(rules, fill.price),
    l: quantityText(rules, fill.quantity),
    t: fill.tradeId,
    i: order.orderId,
  };
};

const positionOf = ({
  market: { rules, symbol },
  slot,
  positionSide,
  isolated,
  realised,
}: PositionRow & { readonly realised: string }) => {
  const position = slot?.position;
  const entry = priceText(rules, position === undefined ? zero : entryPrice(position));
  return {
    s: symbol,
    pa: text(quantityText(rules, position?.size ?? zero)),
    ep: text(entry),
    bep: text(entry),
    cr: text(realised),
    up: text(money(slot?.unrealisedPnl ?? zero)),
    mt: isolated ? 'isolated' : 'cross',
    iw: isolated ? money(slot?.positionMargin ?? zero) : '0',
    ps: positionSide.toUpperCase(),
    ma: settlement,
  };
};

/** The wallet and the one position that a fill has changed. */
export const accountUpdate = (order: Order, account: Account, parts: UsdmParts): object => {
  const view = parts.engine.margin(account.apiKey);
  const market = parts.markets.of(order.pair.symbol);
  const rows = positionRows(parts, account, view, [market]).filter(
    ({ positionSide }) => positionSide === (order.linear?.positionSide ?? 'both'),
  );
  const isolated = sum(
    view.slots.filter(({ marginType }) => marginType === 'isolated').map(({ positionMargin }) => positionMargin),
  );
  return {
    e: 'ACCOUNT_UPDATE',
    E: parts.world.clock.now(),
    T: order.updatedAtMs,
    a: {
      m: 'ORDER',
      B: [{ a: settlement, wb: money(view.walletBalance), cw: money(subtract(view.walletBalance, isolated)), bc: '0' }],
      P: rows.map((row) =>
        positionOf({ ...row, realised: money(account.linear.position(market.symbol, row.positionSide)?.realisedPnl ?? zero) }),
      ),
    },
  };
};

/** @see Binance USDⓈ-M Futures API, "User Data Streams", algo order update */
export const algoUpdate = (order: AlgoOrder, { world, markets }: UsdmParts): object => {
  const { rules } = markets.of(order.pair.symbol);
  const child = childTexts(order, rules);
  return {
    e: 'ALGO_UPDATE',
    T: order.updatedAtMs,
    E: world.clock.now(),
    o: {
      caid: order.clientAlgoId,
      aid: order.algoId,
      at: 'CONDITIONAL',
      o: order.type.toUpperCase(),
      s: order.pair.symbol,
      S: order.side.toUpperCase(),
      ps: order.linear.positionSide.toUpperCase(),
      f: times[order.timeInForce],
      q: quantityText(rules, order.quantity ?? zero),
      X: order.status.toUpperCase(),
      ai: child.id,
      ap: child.price,
      aq: child.quantity === '' ? '0.00000' : child.quantity,
      act: child.type === '' ? '0' : child.type,
      tp: priceText(rules, order.trigger.price),
      p: text(priceText(rules, order.price ?? zero)),
      V: order.echo['selfTradePreventionMode'],
      wt: order.echo['workingType'],
      pm: order.echo['priceMatch'],
      cp: order.closePosition,
      pP: order.echo['priceProtect'],
      R: order.linear.reduceOnly,
      tt: order.triggeredAtMs ?? 0,
      gtd: 0,
      rm: order.failure ?? '',
    },
  };
};

/** Says once more that the engine did not take what a conditional order brought. */
export const triggerReject = (order: AlgoOrder, { world }: UsdmParts): object => ({
  e: 'CONDITIONAL_ORDER_TRIGGER_REJECT',
  E: world.clock.now(),
  T: order.updatedAtMs,
  or: { s: order.pair.symbol, i: order.algoId, r: order.failure ?? '' },
});
