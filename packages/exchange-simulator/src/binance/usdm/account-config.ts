import { toFixedPlaces, decimal } from '@latchkey/kernel';
import type { Account } from '../../core/accounts.js';
import { json, type SignedEndpoint } from '../endpoint.js';
import { maxNotional, type Bracket } from './leverage-brackets.js';
import type { UsdmMarket } from './usdm-markets.js';
import { feeRates, type UsdmParts } from './usdm-parts.js';

const userData = (path: string, weight: number, read: SignedEndpoint['read']): SignedEndpoint => ({
  method: 'GET',
  path,
  security: 'futures_data',
  weight,
  read,
});

const configOf = ({ symbol, rules }: UsdmMarket, { linear }: Account): object => ({
  symbol,
  marginType: linear.marginType(symbol) === 'isolated' ? 'ISOLATED' : 'CROSSED',
  isAutoAddMargin: false,
  leverage: linear.leverage(symbol),
  maxNotionalValue: maxNotional(rules.brackets, linear.leverage(symbol)) ?? '0',
});

// Numbers and not text, unlike every other amount of this venue.
const bracketWire = ({ bracket, initialLeverage, notionalCap, notionalFloor, maintMarginRatio, cum }: Bracket): object => ({
  bracket,
  initialLeverage,
  notionalCap: Number(notionalCap),
  notionalFloor: Number(notionalFloor),
  maintMarginRatio: Number(maintMarginRatio),
  cum: Number(cum),
});
const bracketsOf = ({ symbol, rules }: UsdmMarket): object => ({
  symbol,
  notionalCoef: 1,
  brackets: rules.brackets.map(bracketWire),
});

const rate = (text: string): string => toFixedPlaces(decimal(text), 6);

/** What is set and allowed, without what is held. */
export const usdmConfig = ({ markets, counts }: UsdmParts): readonly SignedEndpoint[] => [
  userData('/fapi/v1/symbolConfig', 5, (params) => {
    const market = markets.optional(params);
    return ({ account }) => json((market === undefined ? markets.all : [market]).map((one) => configOf(one, account)));
  }),
  userData(
    '/fapi/v1/accountConfig',
    5,
    () =>
      ({ account }) =>
        json({
          feeTier: 0,
          canTrade: true,
          canDeposit: true,
          canWithdraw: true,
          dualSidePosition: account.linear.positionMode() === 'hedge',
          updateTime: 0,
          multiAssetsMargin: false,
          tradeGroupId: -1,
        }),
  ),
  // A list without a symbol and one object with it, as documented.
  userData('/fapi/v1/leverageBracket', 1, (params) => {
    const market = markets.optional(params);
    return () => json(market === undefined ? markets.all.map(bracketsOf) : bracketsOf(market));
  }),
  userData('/fapi/v1/commissionRate', 20, (params) => {
    const { symbol } = markets.required(params);
    return () =>
      json({
        symbol,
        makerCommissionRate: rate(feeRates.maker),
        takerCommissionRate: rate(feeRates.taker),
        rpiCommissionRate: rate('0'),
      });
  }),
  userData(
    '/fapi/v1/rateLimit/order',
    1,
    () =>
      ({ account }) =>
        json(
          counts
            .view(account.apiKey)
            .map(({ interval, intervalNum, limit }) => ({ rateLimitType: 'ORDERS', interval, intervalNum, limit })),
        ),
  ),
];
