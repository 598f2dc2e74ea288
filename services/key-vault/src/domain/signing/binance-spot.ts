import { binanceMarketOrder, binanceOneOrder, binanceRules, binanceWindow, createBinanceGrammar } from './binance-grammar.js';
import { amount, oneOf } from './shape.js';

// FULL is demanded because USDM has no such value: its order endpoint, which takes the same names, does not take these strings.
const marketOrder = [...binanceMarketOrder, 'newOrderRespType'];

/** What may be signed on Binance spot: market orders bound to a trade, look-ups and cancels of one order, and the account. */
export const binanceSpotGrammar = createBinanceGrammar({
  // Exact names, as ccxt writes them (exchange-facts 3.2). A look-up by client order id would also cancel that order. `symbol` alone is
  // missing on purpose: as DELETE openOrders it cancels everything.
  shapes: {
    verify: [{ required: binanceWindow }],
    open: [{ required: [...marketOrder, 'quantity'] }, { required: [...marketOrder, 'quoteOrderQty'] }],
    close: [{ required: [...marketOrder, 'quantity'] }],
    read: [{ required: binanceWindow, optional: ['omitZeroBalances'] }, ...binanceOneOrder],
    cancel: binanceOneOrder.map(({ required }) => ({ required })),
    configure: [], // nothing on spot is set for an order
    stream: [], // a form of its own, in binance-stream.ts
  },
  rules: {
    ...binanceRules,
    quoteOrderQty: amount,
    newOrderRespType: oneOf('FULL'),
    omitZeroBalances: oneOf('true', 'false'),
  },
  // Spot has no reduce-only: what closes is a sell.
  agrees: (purpose, parameters) => purpose === 'open' || parameters.get('side') === 'SELL',
});
