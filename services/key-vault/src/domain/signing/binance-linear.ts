import { binanceMarketOrder, binanceOneOrder, binanceRules, binanceWindow, createBinanceGrammar } from './binance-grammar.js';
import { oneOf } from './shape.js';

const marketOrder = [...binanceMarketOrder, 'quantity'];

/**
 * What may be signed on Binance USDT-M futures: market orders bound to a trade, look-ups and cancels of one order, and the account.
 * Leverage, margin and position mode are not here: nothing that we do needs them.
 */
export const binanceLinearGrammar = createBinanceGrammar({
  shapes: {
    verify: [{ required: binanceWindow }],
    open: [{ required: marketOrder, optional: ['newOrderRespType', 'positionSide'] }],
    // One-way accounts say that an order only reduces; in hedge mode it is the side against the position that does.
    close: [
      { required: [...marketOrder, 'reduceOnly'], optional: ['newOrderRespType'] },
      { required: [...marketOrder, 'positionSide'], optional: ['newOrderRespType'] },
    ],
    // Without more than a window: the account, and whether it is in hedge mode. Never `symbol` alone: as DELETE allOpenOrders it cancels
    // everything.
    read: [{ required: binanceWindow }, ...binanceOneOrder],
    cancel: binanceOneOrder.map(({ required }) => ({ required })),
  },
  rules: {
    ...binanceRules,
    newOrderRespType: oneOf('ACK', 'RESULT'),
    positionSide: oneOf('LONG', 'SHORT'),
    reduceOnly: oneOf('true'),
  },
  agrees: (purpose, parameters) => {
    const position = parameters.get('positionSide');
    if (position === undefined) return true;
    const enlarges = (position === 'LONG') === (parameters.get('side') === 'BUY');
    return enlarges === (purpose === 'open');
  },
});
