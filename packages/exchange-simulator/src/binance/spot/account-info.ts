import type { Asset } from '../../core/names.js';
import { isZero } from '@latchkey/kernel';
import { json, type SignedEndpoint } from '../endpoint.js';
import { amount } from './order-wire.js';
import type { SpotParts } from './spot-parts.js';

const rate = '0.00100000';
const nothing = { maker: '0.00000000', taker: '0.00000000', buyer: '0.00000000', seller: '0.00000000' };

/** What trading costs: 0.1 % and nothing special, as the engine takes it. */
export const commissions = (suffix = '') => ({
  [`standardCommission${suffix}`]: { ...nothing, maker: rate, taker: rate },
  [`specialCommission${suffix}`]: nothing,
  [`taxCommission${suffix}`]: nothing,
  discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: '0.00000000' },
});
const basisPoints = 10;

/** `GET /api/v3/account`. `canTrade` and `canWithdraw` describe the account; what the key may do stands in `apiRestrictions`. */
export const accountInfo = ({ world, markets }: SpotParts): SignedEndpoint => ({
  method: 'GET',
  path: '/api/v3/account',
  security: 'user_data',
  weight: 20,
  read: (params) => {
    const omitZero = params.text('omitZeroBalances') === 'true';
    return ({ account }) => {
      const { spot } = account.wallets;
      const listed = new Set<Asset>([
        ...markets.all.flatMap(({ base, quote }) => [base, quote]),
        ...spot.entries().map(([asset]) => asset),
      ]);
      const balances = [...listed].map((asset) => ({ asset, ...spot.balance(asset) }));
      const shown = omitZero ? balances.filter(({ free, locked }) => !isZero(free) || !isZero(locked)) : balances;
      return json({
        makerCommission: basisPoints,
        takerCommission: basisPoints,
        buyerCommission: 0,
        sellerCommission: 0,
        commissionRates: { maker: rate, taker: rate, buyer: '0.00000000', seller: '0.00000000' },
        canTrade: true,
        canWithdraw: true,
        canDeposit: true,
        brokered: false,
        requireSelfTradePrevention: false,
        preventSor: false,
        updateTime: world.book.of('spot').ofAccount(account.apiKey).at(-1)?.updatedAtMs ?? account.createdAtMs,
        accountType: 'SPOT',
        balances: shown.map(({ asset, free, locked }) => ({ asset, free: amount(free), locked: amount(locked) })),
        permissions: ['SPOT'],
        uid: account.uid,
      });
    };
  },
});

/** `GET /api/v3/account/commission`. */
export const accountCommission = ({ markets }: SpotParts): SignedEndpoint => ({
  method: 'GET',
  path: '/api/v3/account/commission',
  security: 'user_data',
  weight: 20,
  read: (params) => {
    const { symbol } = markets.required(params);
    return () => json({ symbol, ...commissions() });
  },
});

/** `GET /api/v3/rateLimit/order`. */
export const orderRateLimit = ({ counts }: SpotParts): SignedEndpoint => ({
  method: 'GET',
  path: '/api/v3/rateLimit/order',
  security: 'user_data',
  weight: 40,
  read:
    () =>
    ({ account }) =>
      json(counts.view(account.apiKey).map((limit) => ({ rateLimitType: 'ORDERS', ...limit }))),
});
