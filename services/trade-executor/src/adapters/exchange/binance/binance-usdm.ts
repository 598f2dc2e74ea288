import { isPositive } from '@latchkey/kernel';
import type { Exchange } from '../../../app/ports/exchange.js';
import { classifyBinanceLookup, classifyUsdmSubmit } from '../../../domain/settlement/classify-binance.js';
import { withPositionMode } from '../../../domain/settlement/outcome.js';
import { createVenueHost } from '../venue-host.js';
import type { OpenVenue } from '../venue.js';
import { usdmBalances } from './binance-balances.js';
import { usdmBooks } from './binance-books.js';
import { usdmLeverage } from './usdm-leverage.js';
import { usdmListenKeys } from './listen-keys.js';
import { readUsdmAccount, verifyBinanceKey } from './binance-permissions.js';
import { readExchangeInfo, readFills, readPrice, readServerTime } from './binance-shapes.js';
import { createBinanceClient } from './binance-transport.js';
import { readPlacedUsdmOrder, readQueriedUsdmOrder, readUsdmRules } from './usdm-shapes.js';

/**
 * Binance USDT-M futures, for all users: a host, a clock and limits of its own beside spot, the same keys.
 *
 * Amounts go to the venue as our exact decimal strings. Margin type and position mode are the account's own and are not touched.
 */
export const openBinanceUsdm: OpenVenue = async (options) => {
  const { environment } = options;
  const open = await createBinanceClient(options, 'linear', false);
  const signed = await createBinanceClient(options, 'linear', true);
  const { clock, requests, bookOf, tellLimits, serving } = createVenueHost({
    ...options,
    host: 'binance-usdm',
    askTime: async () => readServerTime(await open.fapiPublicGetTime()),
  });
  const { run, pausedUntil } = requests;
  const book = bookOf({
    load: async () => {
      const { symbols, rateLimits } = readExchangeInfo(await requests.open('markets', () => open.fapiPublicGetExchangeInfo()));
      tellLimits(rateLimits);
      return symbols.flatMap((symbol) => readUsdmRules(symbol) ?? []);
    },
    askPrice: async (symbol) => readPrice(await open.fapiPublicGetTickerPrice({ symbol })),
  });

  const exchange: Exchange = {
    exchange: 'binance',
    environment,
    marketType: 'linear',
    resendAfterAbsence: false, // neither checks the window again at its engine nor refuses a used id for good
    absenceIsProof: false,
    clock,
    pausedUntil,
    rules: book.rules,
    price: book.price,

    submit: async (order, call) => {
      const { clientOrderId, symbol, side, amount, positionSide, reduceOnly } = order;
      const params = {
        symbol,
        side: side.toUpperCase(),
        type: 'MARKET',
        quantity: amount,
        newClientOrderId: clientOrderId,
        newOrderRespType: 'RESULT',
        // Also in one-way mode, where it says nothing: spot refuses it, so that the signed string is good for no spot order.
        positionSide: (positionSide ?? 'both').toUpperCase(),
        // In hedge mode the side against the position says it, and the venue refuses the flag.
        ...(reduceOnly && positionSide === undefined && { reduceOnly: 'true' }),
      };
      const answer = await run(
        call,
        'order.create',
        () => signed.fapiPrivatePostOrder(params),
        (body) => readPlacedUsdmOrder(body, clientOrderId),
      );
      if (answer.ok) return { outcome: 'placed', order: answer.value };
      const outcome = withPositionMode(classifyUsdmSubmit(answer.failure), order);
      if (outcome.outcome === 'turned_away' && outcome.resyncClock) clock.resync();
      return outcome;
    },

    lookup: async ({ symbol, clientOrderId }, call) => {
      const answer = await run(
        call,
        'order.query',
        () => signed.fapiPrivateGetOrder({ symbol, origClientOrderId: clientOrderId }),
        (body) => readQueriedUsdmOrder(body, clientOrderId),
      );
      return answer.ok ? { outcome: 'found', order: answer.value } : classifyBinanceLookup(answer.failure);
    },

    // A look-up weighs 1 of the 2,400 a minute that all users share, its fills 5 more: a signal with 1,000 followers would use them up for
    // figures that a closed order tells itself.
    needsFills: ({ status, filled, averagePrice }) => isPositive(filled) && (status === 'open' || averagePrice === undefined),

    fills: async ({ symbol, orderId }, call) => {
      const answer = await run(call, 'order.trades', () => signed.fapiPrivateGetUserTrades({ symbol, orderId }), readFills);
      return answer.ok ? answer.value : undefined;
    },

    ...usdmBooks({ signed, run }),
    tellsAllBalances: true,
    balances: usdmBalances({ signed, run }),
    ...usdmLeverage({ signed, run, clock, ourClock: options.clock }),
    listenKeys: usdmListenKeys(open, requests),
    verifyKey: verifyBinanceKey({ environment, signed, run }),
    accountSettings: readUsdmAccount({ signed, run }),
  };

  return serving([exchange], [book]);
};
