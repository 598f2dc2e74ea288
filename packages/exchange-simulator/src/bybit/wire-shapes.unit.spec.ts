import { describe, expect, it } from 'vitest';
import { bybitInMemory } from '../testing/bybit-in-memory.js';
import type { Fields } from '../testing/control-client.js';

type Venue = ReturnType<typeof bybitInMemory>;
type Kind = 'text' | 'number' | 'integer' | 'boolean' | 'list' | 'map' | 'none';
type Documented = Readonly<Record<string, Kind>>;

const kindOf = (value: unknown): Kind => {
  if (value === null) return 'none';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return 'map';
};
const kindsOf = (row: Fields): Documented =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, kindOf(value)]));

/** A documented list: names with their kind, `text` unless it says otherwise. */
const fields = (names: string, others: Documented = {}): Documented => ({
  ...Object.fromEntries(names.split(' ').map((name) => [name, 'text' as const])),
  ...others,
});

// The lists of `exchange-facts.md` 4.3, 4.4 and 4.8, and of the pages that they name where these have more.
const order = fields(
  'orderId orderLinkId parentOrderLinkId blockTradeId symbol price qty side isLeverage orderStatus cancelType rejectReason avgPrice leavesQty leavesValue cumExecQty cumExecValue cumExecFee timeInForce orderType stopOrderType orderIv marketUnit triggerPrice takeProfit stopLoss ocoTriggerBy tpLimitPrice slLimitPrice tpTriggerBy slTriggerBy triggerBy lastPriceOnCreated placeType smpType smpOrderId createdTime updatedTime',
  {
    positionIdx: 'integer',
    triggerDirection: 'integer',
    smpGroup: 'integer',
    reduceOnly: 'boolean',
    closeOnTrigger: 'boolean',
    cumFeeDetail: 'map',
  },
);
const derivativeOrder = { ...order, ...fields('createType tpslMode') };
const position = fields(
  'riskLimitValue symbol side size avgPrice positionValue positionStatus leverage breakEvenPrice markPrice liqPrice positionIM positionIMByMp positionMM positionMMByMp takeProfit stopLoss trailingStop sessionAvgPrice unrealisedPnl curRealisedPnl cumRealisedPnl createdTime updatedTime mmrSysUpdatedTime leverageSysUpdatedTime tpslMode bustPrice positionBalance',
  {
    positionIdx: 'integer',
    riskId: 'integer',
    autoAddMargin: 'integer',
    tradeMode: 'integer',
    adlRankIndicator: 'integer',
    openTime: 'integer',
    seq: 'integer',
    isReduceOnly: 'boolean',
  },
);
const execution = fields(
  'symbol orderId orderLinkId side orderPrice orderQty leavesQty orderType stopOrderType execFee execFeeV2 execId execPrice execQty execType execValue execTime feeCurrency feeRate tradeIv markIv markPrice indexPrice underlyingPrice blockTradeId closedSize extraFees',
  { isMaker: 'boolean', seq: 'integer' },
);
const account = fields(
  'accountType accountIMRate accountMMRate totalEquity totalWalletBalance totalMarginBalance totalAvailableBalance totalPerpUPL totalInitialMargin totalMaintenanceMargin accountLTV',
  { coin: 'list' },
);
const coin = fields(
  'coin equity usdValue walletBalance locked borrowAmount spotBorrow accruedInterest totalOrderIM totalPositionIM totalPositionMM unrealisedPnl cumRealisedPnl bonus spotHedgingQty free availableToWithdraw availableToBorrow',
  { marginCollateral: 'boolean', collateralSwitch: 'boolean' },
);
const spotInstrument = fields('symbol baseCoin quoteCoin innovation symbolType status marginTrading stTag', {
  symbolId: 'integer',
  lotSizeFilter: 'map',
  priceFilter: 'map',
  riskParameters: 'map',
  forbidUplWithdrawal: 'boolean',
});
const linearInstrument = fields(
  'symbol contractType status baseCoin quoteCoin symbolType launchTime deliveryTime deliveryFeeRate priceScale settleCoin copyTrading upperFundingRate lowerFundingRate displayName',
  {
    symbolId: 'integer',
    leverageFilter: 'map',
    priceFilter: 'map',
    lotSizeFilter: 'map',
    riskParameters: 'map',
    unifiedMarginTrade: 'boolean',
    forbidUplWithdrawal: 'boolean',
    isPreListing: 'boolean',
    fundingInterval: 'integer',
    preListingInfo: 'none',
  },
);
const spotLot = fields(
  'basePrecision quotePrecision minOrderQty maxOrderQty minOrderAmt maxOrderAmt maxLimitOrderQty maxMarketOrderQty postOnlyMaxLimitOrderSize',
);
const linearLot = fields('maxOrderQty minOrderQty qtyStep postOnlyMaxOrderQty maxMktOrderQty minNotionalValue');
const spotTicker = fields(
  'symbol bid1Price bid1Size ask1Price ask1Size lastPrice prevPrice24h price24hPcnt highPrice24h lowPrice24h turnover24h volume24h usdIndexPrice',
);
const linearTicker = fields(
  'symbol lastPrice indexPrice markPrice prevPrice24h price24hPcnt highPrice24h lowPrice24h prevPrice1h openInterest openInterestValue turnover24h volume24h fundingRate nextFundingTime fundingIntervalHour predictedDeliveryPrice basisRate basis deliveryFeeRate deliveryTime ask1Size bid1Price ask1Price bid1Size',
);
const apiKey = fields(
  'id note apiKey secret expiredAt createdAt vipLevel mktMakerLevel rsaPublicKey parentUid kycLevel kycRegion',
  {
    readOnly: 'integer',
    permissions: 'map',
    ips: 'list',
    type: 'integer',
    deadlineDay: 'integer',
    unified: 'integer',
    uta: 'integer',
    userID: 'integer',
    inviterID: 'integer',
    affiliateID: 'integer',
    isMaster: 'boolean',
  },
);
const rights =
  'ContractTrade Spot Wallet Options Derivatives CopyTrading BlockTrade Exchange NFT Affiliate Earn FiatP2P FiatBybitPay FiatConvertBroker BitCard ByXPost';

const first = (list: unknown): Fields => (list as readonly Fields[])[0] ?? {};
const inner = (row: Fields, name: string): Fields => row[name] as Fields;
const rowOf = async (venue: Venue, path: string, params: object): Promise<Fields> =>
  first(await venue.listOf(path, { ...params }));
const scope = (category: string) => ({ category, symbol: 'BTCUSDT' });
const placed = async (category: 'spot' | 'linear', about: object = {}): Promise<Venue> => {
  const venue = bybitInMemory();
  await venue[category]({ orderLinkId: 'mine', ...about });
  return venue;
};
const limit = { orderType: 'Limit', price: '59000' };
const realtime = async (category: 'spot' | 'linear', about?: object): Promise<Fields> =>
  (await placed(category, about)).state(category, 'mine');
const instrument = (category: string) => rowOf(bybitInMemory(), '/v5/market/instruments-info', scope(category));
const result = async (path: string, params: object = {}): Promise<Fields> =>
  (await bybitInMemory().get(path, { ...params })).result;
const posted = async (path: string, params: object): Promise<Fields> => (await bybitInMemory().post(path, { ...params })).result;

const cases: readonly (readonly [what: string, shown: () => Promise<Fields>, documented: Documented])[] = [
  ['a filled spot order', () => realtime('spot'), order],
  ['an open spot order', () => realtime('spot', limit), order],
  ['a filled linear order', () => realtime('linear'), derivativeOrder],
  ['an open linear order', () => realtime('linear', limit), derivativeOrder],
  ['an order of the archive', async () => rowOf(await placed('spot'), '/v5/order/history', scope('spot')), order],
  ['a spot execution', async () => rowOf(await placed('spot'), '/v5/execution/list', scope('spot')), execution],
  [
    'a linear execution',
    async () => rowOf(await placed('linear'), '/v5/execution/list', scope('linear')),
    { ...execution, ...fields('createType execPnl') },
  ],
  ['a held position', async () => rowOf(await placed('linear'), '/v5/position/list', scope('linear')), position],
  ['a flat position', () => rowOf(bybitInMemory(), '/v5/position/list', scope('linear')), position],
  ['the wallet', () => rowOf(bybitInMemory(), '/v5/account/wallet-balance', { accountType: 'UNIFIED' }), account],
  [
    'a coin of the wallet',
    async () => first((await rowOf(bybitInMemory(), '/v5/account/wallet-balance', { accountType: 'UNIFIED' }))['coin']),
    coin,
  ],
  [
    'account/info',
    () => result('/v5/account/info'),
    fields('marginMode spotHedgingStatus updatedTime dcpStatus', {
      unifiedMarginStatus: 'integer',
      timeWindow: 'integer',
      smpGroup: 'integer',
      isMasterTrader: 'boolean',
    }),
  ],
  ['query-api', () => result('/v5/user/query-api'), apiKey],
  [
    'the permissions of query-api',
    async () => inner(await result('/v5/user/query-api'), 'permissions'),
    Object.fromEntries(rights.split(' ').map((name) => [name, 'list'])),
  ],
  ['a spot instrument', () => instrument('spot'), spotInstrument],
  ['its lots', async () => inner(await instrument('spot'), 'lotSizeFilter'), spotLot],
  ['its prices', async () => inner(await instrument('spot'), 'priceFilter'), fields('tickSize')],
  ['its risk', async () => inner(await instrument('spot'), 'riskParameters'), fields('priceLimitRatioX priceLimitRatioY')],
  ['a linear instrument', () => instrument('linear'), linearInstrument],
  ['its lots on linear', async () => inner(await instrument('linear'), 'lotSizeFilter'), linearLot],
  ['its prices on linear', async () => inner(await instrument('linear'), 'priceFilter'), fields('minPrice maxPrice tickSize')],
  [
    'its leverage',
    async () => inner(await instrument('linear'), 'leverageFilter'),
    fields('minLeverage maxLeverage leverageStep'),
  ],
  ['a spot ticker', () => rowOf(bybitInMemory(), '/v5/market/tickers', scope('spot')), spotTicker],
  ['a linear ticker', () => rowOf(bybitInMemory(), '/v5/market/tickers', scope('linear')), linearTicker],
  [
    'the order book',
    () => result('/v5/market/orderbook', scope('spot')),
    { s: 'text', b: 'list', a: 'list', ts: 'integer', u: 'integer', seq: 'integer', cts: 'integer' },
  ],
  [
    'a risk limit',
    () => rowOf(bybitInMemory(), '/v5/market/risk-limit', scope('linear')),
    fields('symbol riskLimitValue maintenanceMargin initialMargin maxLeverage mmDeduction', {
      id: 'integer',
      isLowestRisk: 'integer',
    }),
  ],
  ['market/time', () => result('/v5/market/time'), fields('timeSecond timeNano')],
  [
    'a fee rate',
    () => rowOf(bybitInMemory(), '/v5/account/fee-rate', scope('linear')),
    fields('symbol baseCoin takerFeeRate makerFeeRate'),
  ],
  [
    'a coin that ccxt asks for',
    async () => first((await result('/v5/asset/coin/query-info'))['rows']),
    fields('name coin remainAmount', { chains: 'list' }),
  ],
  ['create', async () => (await bybitInMemory().spot({})).result, fields('orderId orderLinkId')],
  [
    'cancel',
    async () => {
      const venue = await placed('spot', limit);
      return (await venue.post('/v5/order/cancel', { ...scope('spot'), orderLinkId: 'mine' })).result;
    },
    fields('orderId orderLinkId'),
  ],
  ['cancel-all', () => posted('/v5/order/cancel-all', scope('linear')), { list: 'list', success: 'text' }],
  ['set-leverage', () => posted('/v5/position/set-leverage', { ...scope('linear'), buyLeverage: '5', sellLeverage: '5' }), {}],
  ['switch-mode', () => posted('/v5/position/switch-mode', { ...scope('linear'), mode: 3 }), {}],
  ['set-margin-mode', () => posted('/v5/account/set-margin-mode', { setMarginMode: 'ISOLATED_MARGIN' }), { reasons: 'list' }],
];

describe('what Bybit answers has the documented fields and no others', () => {
  it.each(cases)('%s', async (_what, shown, documented) => {
    expect(kindsOf(await shown())).toEqual(documented);
  });

  it.each(['/v5/order/realtime', '/v5/order/history', '/v5/execution/list', '/v5/position/list'])(
    'the list of %s',
    async (path) => {
      expect(kindsOf(await result(path, scope('linear')))).toEqual({ category: 'text', nextPageCursor: 'text', list: 'list' });
    },
  );
});

describe('the rules that Bybit publishes', () => {
  it.each([
    ['BTCUSDT', ['0.1', '0.000001', '5'], ['0.10', '0.001', '5', '100.00']],
    ['ETHUSDT', ['0.01', '0.00001', '5'], ['0.01', '0.01', '5', '100.00']],
    ['SOLUSDT', ['0.01', '0.001', '5'], ['0.010', '0.1', '5', '100.00']],
  ])('of %s are %j on spot and %j on linear', async (symbol, spot, linear) => {
    const venue = bybitInMemory();
    const info = (category: string) => rowOf(venue, '/v5/market/instruments-info', { category, symbol });
    const onSpot = await info('spot');
    const onLinear = await info('linear');
    const lots = inner(onSpot, 'lotSizeFilter');
    expect([inner(onSpot, 'priceFilter')['tickSize'], lots['basePrecision'], lots['minOrderAmt']]).toEqual(spot);
    const contracts = inner(onLinear, 'lotSizeFilter');
    expect([
      inner(onLinear, 'priceFilter')['tickSize'],
      contracts['qtyStep'],
      contracts['minNotionalValue'],
      inner(onLinear, 'leverageFilter')['maxLeverage'],
    ]).toEqual(linear);
  });

  it.each(['inverse', 'option'])('of %s are none', async (category) => {
    expect(await result('/v5/market/instruments-info', { category })).toMatchObject({ category, list: [] });
  });

  it('of markets before their launch are none', async () => {
    expect(await result('/v5/market/instruments-info', { category: 'linear', status: 'PreLaunch' })).toMatchObject({ list: [] });
  });
});
