import { binanceMarketOrder, binanceOneOrder, binanceRules, binanceWindow, createBinanceGrammar } from './binance-grammar.js';
import { oneOf } from './shape.js';

// Spot refuses parameters that it does not read: with its position named, also in one-way mode, an order fits futures alone.
const marketOrder = [...binanceMarketOrder, 'quantity', 'positionSide'];

/**
 * What may be signed on Binance USDT-M futures: market orders bound to a trade, look-ups and cancels of one order, and the account.
 * Of settings there is the leverage of one symbol and nothing else: margin and position mode are the account's own.
 */
export const binanceLinearGrammar = createBinanceGrammar({
  shapes: {
    verify: [{ required: binanceWindow }],
    // One-way accounts say that an order only reduces; in hedge mode it is the side against the position that does.
    open: [{ required: marketOrder, optional: ['newOrderRespType'] }],
    close: [{ required: marketOrder, optional: ['newOrderRespType', 'reduceOnly'] }],
    // Without more than a window: the account, and whether it is in hedge mode. Never `symbol` alone: as DELETE allOpenOrders it cancels
    // everything.
    read: [{ required: binanceWindow }, ...binanceOneOrder],
    cancel: binanceOneOrder.map(({ required }) => ({ required })),
    configure: [{ required: ['symbol', 'leverage', ...binanceWindow] }],
    stream: [], // its listenKey needs no signature
  },
  rules: {
    ...binanceRules,
    newOrderRespType: oneOf('ACK', 'RESULT'),
    positionSide: oneOf('BOTH', 'LONG', 'SHORT'),
    reduceOnly: oneOf('true'),
  },
  agrees: (purpose, parameters) => {
    const position = parameters.get('positionSide');
    const reduces = parameters.has('reduceOnly');
    if (position === 'BOTH') return reduces === (purpose === 'close');
    const enlarges = (position === 'LONG') === (parameters.get('side') === 'BUY');
    return !reduces && enlarges === (purpose === 'open');
  },
});
