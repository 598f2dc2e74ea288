import type { Exchange } from '../../../app/ports/exchange.js';
import { classifyBinanceLookup, classifyBinanceSubmit } from '../../../domain/settlement/classify-binance.js';
import { createVenueHost } from '../venue-host.js';
import type { OpenVenue } from '../venue.js';
import { spotBalances } from './binance-balances.js';
import { spotBooks } from './binance-books.js';
import { verifyBinanceKey } from './binance-permissions.js';
import {
  readExchangeInfo,
  readFills,
  readFree,
  readMarketRules,
  readPlacedOrder,
  readPrice,
  readQueriedOrder,
  readServerTime,
} from './binance-shapes.js';
import { createBinanceClient } from './binance-transport.js';

/**
 * Binance spot of one environment, for all users: one keyless client for markets and time, one for everybody's signed requests.
 *
 * Amounts go to the venue as our exact decimal strings: ccxt's own rounding works on floats and is not used.
 */
export const openBinanceSpot: OpenVenue = async (options) => {
  const { environment } = options;
  const open = await createBinanceClient(options, 'spot', false);
  const signed = await createBinanceClient(options, 'spot', true);
  const { clock, requests, bookOf, tellLimits, serving } = createVenueHost({
    ...options,
    host: 'binance',
    askTime: async () => readServerTime(await open.publicGetTime()),
  });
  const { run, pausedUntil } = requests;
  const book = bookOf({
    load: async () => {
      const { symbols, rateLimits } = readExchangeInfo(await requests.open('markets', () => open.publicGetExchangeInfo()));
      tellLimits(rateLimits);
      return symbols.flatMap((symbol) => readMarketRules(symbol) ?? []);
    },
    askPrice: async (symbol) => readPrice(await open.publicGetTickerPrice({ symbol })),
  });

  const exchange: Exchange = {
    exchange: 'binance',
    environment,
    marketType: 'spot',
    resendAfterAbsence: true, // spot checks the window again just before its engine
    absenceIsProof: true,
    clock,
    pausedUntil,
    rules: book.rules,
    price: book.price,

    submit: async (order, call) => {
      const { clientOrderId, symbol, side, amount, quoteAmount } = order;
      const size = amount === undefined ? { quoteOrderQty: quoteAmount } : { quantity: amount };
      const params = {
        symbol,
        side: side.toUpperCase(),
        type: 'MARKET',
        ...size,
        newClientOrderId: clientOrderId,
        newOrderRespType: 'FULL',
      };
      const answer = await run(
        call,
        'order.create',
        () => signed.privatePostOrder(params),
        (body) => readPlacedOrder(body, clientOrderId),
      );
      if (answer.ok) return { outcome: 'placed', order: answer.value };
      const outcome = classifyBinanceSubmit(answer.failure);
      if (outcome.outcome === 'turned_away' && outcome.resyncClock) clock.resync();
      return outcome;
    },

    lookup: async ({ symbol, clientOrderId }, call) => {
      const answer = await run(
        call,
        'order.query',
        () => signed.privateGetOrder({ symbol, origClientOrderId: clientOrderId }),
        (body) => readQueriedOrder(body, clientOrderId),
      );
      return answer.ok ? { outcome: 'found', order: answer.value } : classifyBinanceLookup(answer.failure);
    },

    fills: async ({ symbol, orderId }, call) => {
      const answer = await run(call, 'order.trades', () => signed.privateGetMyTrades({ symbol, orderId }), readFills);
      return answer.ok ? answer.value : undefined;
    },

    ...spotBooks({ signed, run }),
    tellsAllBalances: true,
    balances: spotBalances({ signed, run }),
    free: async (asset, call) => {
      const answer = await run(
        call,
        'account',
        () => signed.privateGetAccount({ omitZeroBalances: true }),
        (body) => readFree(body, asset),
      );
      return answer.ok ? answer.value : undefined;
    },

    verifyKey: verifyBinanceKey({ environment, signed, run }),
  };

  return serving([exchange], [book]);
};
