import { settleCoin, feeRates, type BybitParts } from '../bybit-parts.js';
import { setting, result, signedRead, type Endpoint } from '../endpoint.js';
import { refuse } from '../refusal.js';
import { apiKeyInfo } from './api-key-info.js';
import { marginModes } from './margin-modes.js';
import { walletBalance } from './wallet-balance.js';

const unifiedTwo = 6;
const classic = 1;

/** `GET /v5/account/info`. */
const accountInfo = (parts: BybitParts): Endpoint =>
  signedRead('/v5/account/info', 'read', ({ account }) =>
    result({
      unifiedMarginStatus: account.unified ? unifiedTwo : classic,
      marginMode: parts.marginModes.of(account.apiKey),
      isMasterTrader: false,
      spotHedgingStatus: 'OFF',
      updatedTime: String(account.createdAtMs),
      dcpStatus: 'OFF',
      timeWindow: 0,
      smpGroup: 0,
    }),
  );

/** `POST /v5/account/set-margin-mode`: of the whole account, and only of a unified one. */
const setMarginMode = (parts: BybitParts): Endpoint =>
  setting('/v5/account/set-margin-mode', 'position', (call) => {
    const { account, params } = call;
    if (!account.unified) throw refuse.unifiedOnly();
    params.required('setMarginMode');
    const mode = params.oneOf('setMarginMode', marginModes) ?? 'REGULAR_MARGIN';
    return call.commit(() => {
      if (parts.marginModes.of(account.apiKey) === mode) throw refuse.linear.marginModeUnchanged();
      const type = mode === 'ISOLATED_MARGIN' ? 'isolated' : 'cross';
      const refusal = parts.linear.settings.setMarginType(account.apiKey, type);
      if (refusal === 'open_position' || refusal === 'open_orders') {
        return result({
          reasons: [
            { reasonCode: '3400099', reasonMsg: 'Close all positions and cancel all orders before changing the margin mode' },
          ],
        });
      }
      parts.marginModes.set(account.apiKey, mode);
      return result({ reasons: [] });
    });
  });

const feeRate = (parts: BybitParts): Endpoint =>
  signedRead('/v5/account/fee-rate', 'read', ({ params }) => {
    const category = params.category();
    const market = parts.markets.optional(params, category);
    const { maker, taker } = feeRates[category];
    const list = (market === undefined ? parts.markets.of(category) : [market]).map(({ symbol }) => ({
      symbol,
      baseCoin: '',
      takerFeeRate: taker,
      makerFeeRate: maker,
    }));
    return result({ category, list });
  });

/** Coins without chains: nothing can be paid in or out here, and ccxt asks for the list whenever it loads markets with a key. */
const coinInfo = (parts: BybitParts): Endpoint =>
  signedRead('/v5/asset/coin/query-info', 'read', ({ params }) => {
    const asked = params.text('coin');
    const coins = [settleCoin, ...parts.world.prices.pairs.map(({ base }) => base)];
    const rows = coins
      .filter((coin) => asked === undefined || coin === asked)
      .map((coin) => ({ name: coin, coin, remainAmount: '0', chains: [] }));
    return result({ rows });
  });

export const accountEndpoints = (parts: BybitParts): readonly Endpoint[] => [
  walletBalance(parts),
  accountInfo(parts),
  setMarginMode(parts),
  feeRate(parts),
  coinInfo(parts),
  signedRead('/v5/user/query-api', 'any', ({ account, now }) => result(apiKeyInfo(account, now()), '')),
];
