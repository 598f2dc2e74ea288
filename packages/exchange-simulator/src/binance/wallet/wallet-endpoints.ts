import type { Account } from '../../core/accounts.js';
import type { World } from '../../core/world.js';
import { mayTradeSpot } from '../authenticate.js';
import { json, type SignedEndpoint } from '../endpoint.js';
import { legal } from '../params.js';
import { refuse } from '../refusal.js';
import { amount } from '../spot/order-wire.js';

const restrictionsOf = (account: Account, nowMs: number): object => {
  const { permissions, ipRestricted, createdAtMs } = account;
  return {
    ipRestrict: ipRestricted,
    createTime: createdAtMs,
    enableReading: permissions.read,
    enableSpotAndMarginTrading: mayTradeSpot(account, nowMs),
    enableWithdrawals: permissions.withdraw,
    enableInternalTransfer: permissions.transfer,
    permitsUniversalTransfer: permissions.transfer,
    enableMargin: false,
    enableFutures: permissions.futures,
    enableVanillaOptions: false,
    enablePortfolioMarginTrading: false,
    enableFixApiTrade: false,
    enableFixReadOnly: false,
  };
};

/** What is named by `rights` goes over what the permissions say. */
const restrictions = (account: Account, nowMs: number): object => ({
  ...restrictionsOf(account, nowMs),
  ...(account.expiresAtMs === undefined ? {} : { tradingAuthorityExpirationTime: account.expiresAtMs }),
  ...account.rights,
});

const coins = ({ prices }: World, { wallets: { spot } }: Account): readonly object[] => {
  const assets = new Set(prices.pairs.flatMap(({ base, quote }) => [quote, base]));
  return [...assets].map((coin) => ({
    coin,
    name: coin,
    free: amount(spot.balance(coin).free),
    locked: amount(spot.balance(coin).locked),
    freeze: '0.00000000',
    withdrawing: '0.00000000',
    ipoing: '0.00000000',
    ipoable: '0.00000000',
    storage: '0.00000000',
    isLegalMoney: false,
    trading: true,
    depositAllEnable: false,
    withdrawAllEnable: false,
    networkList: [],
  }));
};

const signedRead = (path: string, weight: number, answer: (account: Account, nowMs: number) => unknown): SignedEndpoint => ({
  method: 'GET',
  path,
  security: 'user_data',
  weight,
  read:
    () =>
    ({ account, now }) =>
      json(answer(account, now())),
});

/** `GET /sapi/v1/asset/tradeFee`: 0.1 % for every pair, as the engine takes it. */
const tradeFee = ({ prices }: World): SignedEndpoint => ({
  method: 'GET',
  path: '/sapi/v1/asset/tradeFee',
  security: 'user_data',
  weight: 1,
  read: (params) => {
    const asked = params.text('symbol', legal.symbol);
    const symbols = prices.pairs.map(({ symbol }) => symbol).filter((symbol) => asked === undefined || symbol === asked);
    if (symbols.length === 0) throw refuse.symbol();
    return () => json(symbols.map((symbol) => ({ symbol, makerCommission: '0.001', takerCommission: '0.001' })));
  },
});

/** `/sapi`: the permission check, and the lists that ccxt asks for when it loads markets with a key. The testnet has none of it. */
export const walletEndpoints = (world: World): readonly SignedEndpoint[] => [
  signedRead('/sapi/v1/account/apiRestrictions', 1, restrictions),
  signedRead('/sapi/v1/capital/config/getall', 10, (account) => coins(world, account)),
  tradeFee(world),
  signedRead('/sapi/v1/margin/allPairs', 1, () => []),
  signedRead('/sapi/v1/margin/isolated/allPairs', 10, () => []),
];
