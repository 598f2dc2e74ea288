import type { SettingRefusal } from '../../core/linear-settings.js';
import type { PositionMode } from '../../core/linear-account.js';
import type { PositionSide } from '../../core/order.js';
import { settleCoin, type BybitParts } from '../bybit-parts.js';
import { setting, listed, result, signedRead, type Endpoint, type SignedCall, type SignedEndpoint } from '../endpoint.js';
import type { LinearMarket } from '../market/bybit-markets.js';
import { paged } from '../paging.js';
import type { Params } from '../params.js';
import { refuse } from '../refusal.js';
import { positionWire } from './position-wire.js';

const linearOnly = (params: Params): void => {
  if (params.category() !== 'linear') throw refuse.parameter('category invalid');
};

/** One row in one-way mode, one for each side in hedge mode. */
const sidesOf = (mode: PositionMode): readonly PositionSide[] => (mode === 'one-way' ? ['both'] : ['long', 'short']);

const rows = (parts: BybitParts, { account }: SignedCall, market: LinearMarket): readonly object[] => {
  const { slots } = parts.linear.margin(account.apiKey);
  const markPrice = parts.world.prices.mark(market.symbol);
  return sidesOf(account.linear.positionMode(market.symbol)).map((side) => {
    const position = account.linear.position(market.symbol, side);
    const slot = slots.find(({ symbol, positionSide }) => symbol === market.symbol && positionSide === side);
    return positionWire(account, market, side, {
      markPrice,
      ...(position === undefined ? {} : { position }),
      ...(slot === undefined ? {} : { slot }),
    });
  });
};

/** `GET /v5/position/list`: by symbol also when flat, by settle coin only what is held. */
const positionList = (parts: BybitParts): SignedEndpoint =>
  signedRead('/v5/position/list', 'read', (call) => {
    const { params } = call;
    linearOnly(params);
    const market = parts.markets.optional(params, 'linear');
    const settles = params.text('settleCoin');
    if (market === undefined && settles === undefined) throw refuse.parameter('symbol or settleCoin is required');
    const shown =
      market !== undefined ? parts.markets.linear.filter(({ symbol }) => symbol === market.symbol) : parts.markets.linear;
    const all = settles === undefined || settles === settleCoin ? shown.flatMap((one) => rows(parts, call, one)) : [];
    const held = all.filter((row) => market !== undefined || ('size' in row && row.size !== '0'));
    const page = paged(params, held, { standard: 20, most: 200 });
    return listed('linear', page.rows, page.nextPageCursor);
  });

const readLeverage = (params: Params, name: string): number => {
  const text = params.required(name);
  if (!/^\d{1,4}(\.\d{1,2})?$/.test(text) || Number(text) < 1) throw refuse.parameter(`${name} invalid`);
  return Number(text);
};

/** `POST /v5/position/set-leverage`. */
const setLeverage = (parts: BybitParts): SignedEndpoint =>
  setting('/v5/position/set-leverage', 'position', (call) => {
    const { params, account } = call;
    linearOnly(params);
    const { symbol, rules } = parts.markets.required(params, 'linear');
    const leverage = readLeverage(params, 'buyLeverage');
    if (readLeverage(params, 'sellLeverage') !== leverage) throw refuse.parameter('buy leverage not equal sell leverage');
    if (leverage > Number(rules.maxLeverage)) throw refuse.linear.leverageLimit(String(leverage), rules.maxLeverage);
    return call.commit(() => {
      if (account.linear.leverage(symbol) === leverage) throw refuse.linear.leverageUnchanged();
      if (parts.linear.settings.setLeverage(account.apiKey, symbol, leverage) !== undefined) throw refuse.linear.insufficient();
      return result({});
    });
  });

const modeRefusals: Readonly<Record<SettingRefusal, () => Error>> = {
  unchanged: refuse.linear.modeUnchanged,
  open_position: refuse.linear.modeHasPosition,
  open_orders: refuse.linear.modeHasOrders,
};
/** Of several symbols the weightiest reason is told. */
const byWeight: readonly SettingRefusal[] = ['open_position', 'open_orders', 'unchanged'];

/**
 * `POST /v5/position/switch-mode`, for one symbol or for all that settle in a coin. Of those the ones without position and orders are
 * switched, and only when none was is there a refusal.
 *
 * @see Bybit v5, "Switch Position Mode"
 */
const switchMode = (parts: BybitParts): SignedEndpoint =>
  setting('/v5/position/switch-mode', 'position', (call) => {
    const { params, account } = call;
    linearOnly(params);
    const mode = params.integer('mode');
    if (mode !== 0 && mode !== 3) throw refuse.parameter('mode invalid');
    const market = parts.markets.optional(params, 'linear');
    if (market === undefined && params.required('coin') !== settleCoin) throw refuse.parameter('coin invalid');
    const symbols = (market === undefined ? parts.markets.linear : [market]).map(({ symbol }) => symbol);
    return call.commit(() => {
      const { setPositionMode } = parts.linear.settings;
      const refusals = symbols.map((symbol) => setPositionMode(account.apiKey, mode === 3 ? 'hedge' : 'one-way', symbol));
      if (refusals.includes(undefined)) return result({});
      const reason = byWeight.find((candidate) => refusals.includes(candidate)) ?? 'unchanged';
      throw modeRefusals[reason]();
    });
  });

export const positionEndpoints = (parts: BybitParts): readonly Endpoint[] => [
  positionList(parts),
  setLeverage(parts),
  switchMode(parts),
];
