/** What an endpoint changes; reads are not listed: a look-up shows what its account's owner may see. */
export type Effect = 'trades' | 'cancels' | 'moves funds' | 'keys' | 'settings' | 'nothing';

export type Endpoint = {
  readonly name: string;
  readonly effect: Effect;
  /** Names that it cannot do without; one of several in an array of its own. */
  readonly required: readonly (string | readonly string[])[];
  /** Values without which it does nothing, by name, where a string of ours has the name with another one. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Symbols that it trades, where they are not letters and digits alone. */
  readonly otherSymbols?: true;
  /** Only with a right that verification refuses: a key has it, if at all, until its first verification ends. */
  readonly refusedRight?: true;
  /** All names that it reads, where it is documented to refuse any other (-1104). */
  readonly reads?: readonly string[];
};

type Row = readonly [Effect, string, string, ('other symbols' | 'refused right' | 'spot order')?];

const spotOrder =
  'symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId strategyType stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode pegPriceType pegOffsetValue pegOffsetType computeCommissionRates recvWindow timestamp'.split(
    ' ',
  );

const requiredOf = (one: string): string | readonly string[] => {
  if (one.includes('=')) return one.slice(0, one.indexOf('='));
  return one.includes('|') ? one.split('|') : one;
};

/** `a b|c d=E|F`: `a`, one of `b` and `c`, and `d` with one of two values. */
const endpoint = ([effect, name, required, note]: Row): Endpoint => ({
  name,
  effect,
  required: required
    .split(' ')
    .filter((one) => one !== '')
    .map(requiredOf),
  values: Object.fromEntries(
    required
      .split(' ')
      .filter((one) => one.includes('='))
      .map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1).split('|')]),
  ),
  ...(note === 'other symbols' && { otherSymbols: true }),
  ...(note === 'refused right' && { refusedRight: true }),
  ...(note === 'spot order' && { reads: spotOrder }),
});

/**
 * Signed endpoints of Binance that change something, the ones that matter most here: no complete list, and venues add to it, which is why the
 * shapes say what is signed and not what is not.
 *
 * @see https://developers.binance.com/docs
 */
export const binanceEndpoints: readonly Endpoint[] = (
  [
    ['trades', 'POST /api/v3/order', 'symbol side type quantity|quoteOrderQty', 'spot order'],
    ['nothing', 'POST /api/v3/order/test', 'symbol side type quantity|quoteOrderQty', 'spot order'],
    ['trades', 'POST /api/v3/sor/order', 'symbol side type quantity', 'spot order'],
    ['trades', 'POST /api/v3/order/cancelReplace', 'symbol side type cancelReplaceMode'],
    ['trades', 'PUT /api/v3/order/amend/keepPriority', 'symbol newQty orderId|origClientOrderId'],
    ['trades', 'POST /api/v3/orderList/oco', 'symbol side quantity aboveType belowType'],
    ['trades', 'POST /api/v3/orderList/oto', 'symbol workingType workingSide workingQuantity pendingType pendingSide'],
    ['cancels', 'DELETE /api/v3/order', 'symbol orderId|origClientOrderId'],
    ['cancels', 'DELETE /api/v3/openOrders', 'symbol'],
    ['cancels', 'DELETE /api/v3/orderList', 'symbol orderListId|listClientOrderId'],
    ['trades', 'POST /sapi/v1/margin/order', 'symbol side type quantity|quoteOrderQty'],
    ['cancels', 'DELETE /sapi/v1/margin/order', 'symbol orderId|origClientOrderId'],
    ['cancels', 'DELETE /sapi/v1/margin/openOrders', 'symbol'],
    ['settings', 'POST /sapi/v1/margin/isolated/account', 'symbol'],
    ['settings', 'DELETE /sapi/v1/margin/isolated/account', 'symbol'],
    ['moves funds', 'POST /sapi/v1/margin/borrow-repay', 'asset isIsolated symbol amount type'],
    ['moves funds', 'POST /sapi/v1/capital/withdraw/apply', 'coin address amount', 'refused right'],
    ['moves funds', 'POST /sapi/v1/localentity/withdraw/apply', 'coin address amount questionnaire', 'refused right'],
    ['moves funds', 'POST /sapi/v1/asset/transfer', 'type asset amount', 'refused right'],
    ['moves funds', 'POST /sapi/v1/futures/transfer', 'asset amount type', 'refused right'],
    ['moves funds', 'POST /sapi/v1/sub-account/universalTransfer', 'fromAccountType toAccountType asset amount', 'refused right'],
    ['moves funds', 'POST /sapi/v1/sub-account/transfer/subToMaster', 'asset amount', 'refused right'],
    ['moves funds', 'POST /sapi/v1/giftcard/createCode', 'token amount'],
    ['moves funds', 'POST /sapi/v1/asset/dust', 'asset'],
    ['moves funds', 'POST /sapi/v1/convert/acceptQuote', 'quoteId'],
    ['moves funds', 'POST /sapi/v1/simple-earn/flexible/subscribe', 'productId amount'],
    ['moves funds', 'POST /sapi/v2/loan/flexible/borrow', 'loanCoin collateralCoin'],
    ['keys', 'POST /sapi/v1/sub-account/virtualSubAccount', 'subAccountString'],
    ['keys', 'POST /sapi/v2/sub-account/subAccountApi/ipRestriction', 'email subAccountApiKey status'],
    ['settings', 'POST /sapi/v1/account/enableFastWithdrawSwitch', ''],
    ['settings', 'POST /sapi/v1/account/disableFastWithdrawSwitch', ''],
    ['settings', 'POST /sapi/v1/bnbBurn', ''],
    // What "type" says there is MARGIN or ISOLATED: our orders say MARKET, which is no value of it.
    ['moves funds', 'POST /sapi/v1/margin/manual-liquidation', 'type=MARGIN|ISOLATED'],
    ['moves funds', 'POST /sapi/v1/portfolio/auto-collection', ''],
    ['moves funds', 'POST /sapi/v1/portfolio/repay', ''],
    ['moves funds', 'POST /sapi/v1/portfolio/repay-futures-negative-balance', ''],
    ['moves funds', 'POST /sapi/v1/portfolio/bnb-transfer', 'amount transferSide'],
    ['settings', 'DELETE /sapi/v1/portfolio/margin-call-level', ''],
    ['moves funds', 'POST /sapi/v1/sol-staking/sol/claim', ''],
    ['settings', 'POST /sapi/v1/margin/exit-special-key-mode', ''],
    ['settings', 'DELETE /sapi/v1/margin/loan-group', ''],
    // Expired deposit addresses: credits the account's own deposit. US stocks, with the rights and the disclaimer for them.
    ['moves funds', 'POST /sapi/v1/capital/deposit/credit-apply', ''],
    ['settings', 'POST /sapi/v1/equity/account/disclaimer', ''],
    ['cancels', 'POST /sapi/v1/equity/order/cancel-all', ''],
    ['cancels', 'POST /sapi/v1/equity/order/cancel', 'orderId'],
    ['trades', 'POST /sapi/v1/equity/order/place', 'symbol side orderType'],
    ['nothing', 'POST /sapi/v1/userListenToken', ''],
    ['trades', 'POST /sapi/v1/margin/order/oco', 'symbol side quantity price stopPrice'],
    ['cancels', 'DELETE /sapi/v1/margin/orderList', 'symbol orderListId|listClientOrderId'],
    ['trades', 'POST /sapi/v1/algo/spot/newOrderTwap', 'symbol side quantity duration'],
    ['trades', 'POST /sapi/v1/algo/futures/newOrderVp', 'symbol side quantity urgency'],
    ['moves funds', 'POST /sapi/v1/margin/isolated/transfer', 'asset symbol transFrom transTo amount', 'refused right'],
    ['moves funds', 'POST /sapi/v1/margin/exchange-small-liability', 'assetNames'],
    ['settings', 'POST /sapi/v1/margin/max-leverage', 'maxLeverage'],
    ['moves funds', 'POST /sapi/v1/portfolio/asset-collection', 'asset'],
    ['settings', 'POST /sapi/v1/portfolio/repay-futures-switch', 'autoRepay'],
    ['moves funds', 'POST /sapi/v1/portfolio/redeem', 'assetName amount'],
    ['moves funds', 'POST /sapi/v1/eth-staking/eth/stake', 'amount'],
    ['moves funds', 'POST /sapi/v1/convert/limit/placeOrder', 'baseAsset quoteAsset limitPrice side expiredType'],
    ['keys', 'POST /sapi/v1/sub-account/futures/enable', 'email', 'refused right'],
    ['keys', 'POST /sapi/v1/broker/subAccountApi', 'subAccountId canTrade'],
    ['keys', 'DELETE /sapi/v1/broker/subAccountApi', 'subAccountId subAccountApiKey'],
    ['keys', 'DELETE /sapi/v1/margin/apiKey', ''],
    ['keys', 'POST /sapi/v1/broker/subAccount', ''],
    ['settings', 'POST /fapi/v1/stock/contract', ''],
    ['trades', 'POST /fapi/v1/order', 'symbol side type quantity'],
    ['nothing', 'POST /fapi/v1/order/test', 'symbol side type quantity'],
    ['trades', 'PUT /fapi/v1/order', 'symbol side quantity price orderId|origClientOrderId'],
    ['trades', 'POST /fapi/v1/batchOrders', 'batchOrders'],
    ['trades', 'POST /fapi/v1/algoOrder', 'algoType symbol side type'],
    ['cancels', 'DELETE /fapi/v1/order', 'symbol orderId|origClientOrderId'],
    ['cancels', 'DELETE /fapi/v1/allOpenOrders', 'symbol'],
    ['cancels', 'DELETE /fapi/v1/algoOpenOrders', 'symbol'],
    ['cancels', 'DELETE /fapi/v1/algoOrder', 'algoId|clientAlgoId'],
    ['cancels', 'POST /fapi/v1/countdownCancelAll', 'symbol countdownTime'],
    ['settings', 'POST /fapi/v1/leverage', 'symbol leverage'],
    ['settings', 'POST /fapi/v1/marginType', 'symbol marginType'],
    ['settings', 'POST /fapi/v1/positionSide/dual', 'dualSidePosition'],
    ['settings', 'POST /fapi/v1/multiAssetsMargin', 'multiAssetsMargin'],
    ['settings', 'POST /fapi/v1/feeBurn', 'feeBurn'],
    ['moves funds', 'POST /fapi/v1/positionMargin', 'symbol amount type'],
    ['trades', 'POST /dapi/v1/order', 'symbol side type quantity', 'other symbols'],
    ['trades', 'POST /eapi/v1/order', 'symbol side type quantity', 'other symbols'],
    ['trades', 'POST /papi/v1/um/order', 'symbol side type quantity', 'refused right'],
    ['trades', 'POST /papi/v1/margin/order', 'symbol side type', 'refused right'],
    ['cancels', 'DELETE /papi/v1/um/allOpenOrders', 'symbol', 'refused right'],
    ['moves funds', 'POST /papi/v1/repayLoan', 'asset amount', 'refused right'],
    ['moves funds', 'POST /papi/v1/auto-collection', '', 'refused right'],
    ['moves funds', 'POST /papi/v1/repay-futures-negative-balance', '', 'refused right'],
  ] satisfies readonly Row[]
).map(endpoint);

/**
 * `POST` endpoints of Bybit v5, chosen likewise.
 *
 * @see https://bybit-exchange.github.io/docs/v5
 */
export const bybitEndpoints: readonly Endpoint[] = (
  [
    ['trades', '/v5/order/create', 'category symbol side orderType qty'],
    ['nothing', '/v5/order/pre-check', 'category symbol side orderType qty'],
    ['trades', '/v5/order/amend', 'category symbol orderId|orderLinkId'],
    ['trades', '/v5/order/create-batch', 'category request'],
    ['trades', '/v5/order/amend-batch', 'category request'],
    ['cancels', '/v5/order/cancel-batch', 'category request'],
    ['cancels', '/v5/order/cancel', 'category symbol orderId|orderLinkId'],
    ['cancels', '/v5/order/cancel-all', 'category'],
    ['cancels', '/v5/order/disconnected-cancel-all', 'timeWindow'],
    ['trades', '/v5/spread/order/create', 'symbol side orderType qty', 'other symbols'],
    ['trades', '/v5/spread/order/amend', 'symbol orderId|orderLinkId', 'other symbols'],
    ['cancels', '/v5/spread/order/cancel', 'orderId|orderLinkId'],
    ['cancels', '/v5/spread/order/cancel-all', ''],
    ['cancels', '/v5/rfq/cancel-all-rfq', ''],
    ['cancels', '/v5/rfq/cancel-all-quotes', ''],
    ['settings', '/v5/position/set-leverage', 'category symbol buyLeverage sellLeverage'],
    ['settings', '/v5/position/switch-isolated', 'category symbol tradeMode buyLeverage sellLeverage'],
    ['settings', '/v5/position/switch-mode', 'category mode'],
    ['settings', '/v5/position/trading-stop', 'category symbol tpslMode positionIdx'],
    ['settings', '/v5/position/set-tpsl-mode', 'category symbol tpSlMode'],
    ['settings', '/v5/position/set-risk-limit', 'category symbol riskId'],
    ['settings', '/v5/position/set-auto-add-margin', 'category symbol autoAddMargin'],
    ['settings', '/v5/position/confirm-pending-mmr', 'category symbol'],
    ['moves funds', '/v5/position/add-margin', 'category symbol margin'],
    ['moves funds', '/v5/position/move-positions', 'fromUid toUid list'],
    ['settings', '/v5/account/upgrade-to-uta', ''],
    ['settings', '/v5/account/set-margin-mode', 'setMarginMode'],
    ['settings', '/v5/account/set-delta-mode', 'deltaEnable'],
    ['settings', '/v5/account/set-limit-px-action', 'category modifyEnable'],
    ['moves funds', '/v5/account/demo-apply-money', ''],
    ['settings', '/v5/user/agreement', 'category agree'],
    ['settings', '/v5/spot-margin-trade/set-auto-repay-mode', 'autoRepayMode'],
    ['moves funds', '/v5/ins-loan/repay-loan', 'token quantity'],
    ['moves funds', '/v5/fiat/trade-execute', 'quoteTxId subUserId'],
    ['moves funds', '/v5/p2p/order/finish', 'orderId', 'refused right'],
    ['trades', '/v5/rfq/accept-other-quote', 'rfqId'],
    ['moves funds', '/v5/asset/covert/small-balance-execute', 'quoteId'],
    ['keys', '/v5/asset/transfer/save-transfer-sub-member', 'subMemberIds', 'refused right'],
    ['settings', '/v5/account/set-hedging-mode', 'setHedgingMode'],
    ['settings', '/v5/account/set-collateral-switch', 'coin collateralSwitch'],
    ['settings', '/v5/account/mmp-modify', 'baseCoin window frozenPeriod qtyLimit deltaLimit'],
    ['settings', '/v5/account/mmp-reset', 'baseCoin'],
    ['moves funds', '/v5/account/quick-repayment', ''],
    ['moves funds', '/v5/account/repay', ''],
    ['moves funds', '/v5/account/no-convert-repay', 'coin'],
    ['moves funds', '/v5/account/borrow', 'coin amount'],
    ['settings', '/v5/spot-margin-trade/switch-mode', 'spotMarginMode'],
    ['settings', '/v5/spot-margin-trade/set-leverage', 'leverage'],
    ['moves funds', '/v5/asset/withdraw/create', 'coin address amount timestamp', 'refused right'],
    ['moves funds', '/v5/asset/withdraw/cancel', 'id', 'refused right'],
    ['moves funds', '/v5/asset/transfer/inter-transfer', 'transferId coin amount fromAccountType toAccountType', 'refused right'],
    ['moves funds', '/v5/asset/transfer/universal-transfer', 'transferId coin amount fromMemberId toMemberId', 'refused right'],
    ['settings', '/v5/asset/deposit/deposit-to-account', 'accountType'],
    ['moves funds', '/v5/asset/exchange/convert-execute', 'quoteTxId'],
    ['moves funds', '/v5/earn/place-order', 'category orderType accountType amount coin productId orderLinkId'],
    ['moves funds', '/v5/spot-lever-token/purchase', 'ltCoin ltAmount'],
    ['moves funds', '/v5/crypto-loan-flexible/borrow', 'loanCurrency loanAmount'],
    ['keys', '/v5/user/create-demo-member', ''],
    ['keys', '/v5/user/create-sub-member', 'username memberType', 'refused right'],
    ['keys', '/v5/user/create-sub-api', 'subuid readOnly permissions', 'refused right'],
    ['keys', '/v5/user/update-api', 'permissions', 'refused right'],
    ['keys', '/v5/user/update-sub-api', 'permissions', 'refused right'],
    ['keys', '/v5/user/delete-api', '', 'refused right'],
    ['keys', '/v5/user/delete-sub-api', '', 'refused right'],
    ['keys', '/v5/user/frozen-sub-member', 'subuid frozen', 'refused right'],
  ] satisfies readonly Row[]
).map(endpoint);

/** Signed endpoints that change something and that our own notes on the venues name: each has to be in the lists above. */
export const endpointsOfTheFacts: readonly string[] = [
  'POST /api/v3/order',
  'POST /api/v3/order/test',
  'DELETE /api/v3/order',
  'DELETE /api/v3/openOrders',
  'POST /fapi/v1/order',
  'DELETE /fapi/v1/order',
  'DELETE /fapi/v1/allOpenOrders',
  'POST /fapi/v1/algoOrder',
  'DELETE /fapi/v1/algoOrder',
  'DELETE /fapi/v1/algoOpenOrders',
  'POST /fapi/v1/leverage',
  'POST /fapi/v1/marginType',
  'POST /fapi/v1/positionSide/dual',
  '/v5/order/create',
  '/v5/order/cancel',
  '/v5/order/cancel-all',
  '/v5/position/set-leverage',
  '/v5/position/switch-mode',
  '/v5/position/trading-stop',
  '/v5/account/set-margin-mode',
];
