import { add, greater, subtract, sum, zero, type Decimal } from '@latchkey/kernel';
import type { Account } from '../../core/accounts.js';
import type { Asset } from '../../core/names.js';
import { json, type SignedEndpoint } from '../endpoint.js';
import { money } from './usdm-markets.js';
import {
  accountPositionV2,
  accountPositionV3,
  busySymbols,
  positionRiskV2,
  positionRiskV3,
  positionRows,
  type PositionRow,
} from './position-wire.js';
import type { UsdmParts } from './usdm-parts.js';

const settlement = 'USDT' as Asset;

type Sums = {
  readonly wallet: Decimal;
  readonly unrealised: Decimal;
  readonly crossUnrealised: Decimal;
  readonly maintenance: Decimal;
  readonly positionMargin: Decimal;
  readonly orderMargin: Decimal;
  readonly isolated: Decimal;
  readonly available: Decimal;
};

const none: Sums = {
  wallet: zero,
  unrealised: zero,
  crossUnrealised: zero,
  maintenance: zero,
  positionMargin: zero,
  orderMargin: zero,
  isolated: zero,
  available: zero,
};

/** The account's margin and its positions, read once for one answer. */
const reading = (parts: UsdmParts, account: Account): { readonly rows: readonly PositionRow[]; readonly sums: Sums } => {
  const view = parts.engine.margin(account.apiKey);
  const rows = positionRows(parts, account, view);
  return {
    rows,
    sums: {
      wallet: view.walletBalance,
      unrealised: sum(view.slots.map(({ unrealisedPnl }) => unrealisedPnl)),
      crossUnrealised: view.crossUnrealisedPnl,
      maintenance: sum(rows.map(({ maintMargin }) => maintMargin)),
      positionMargin: view.positionMargin,
      orderMargin: view.orderMargin,
      isolated: sum(rows.map((row) => (row.isolated ? (row.slot?.positionMargin ?? zero) : zero))),
      available: view.available,
    },
  };
};

/** What is not promised to a position and not made of profit that may vanish. */
const withdrawable = ({ available, crossUnrealised }: Sums): Decimal =>
  greater(zero, subtract(available, greater(zero, crossUnrealised)));
const crossWallet = ({ wallet, isolated }: Sums): Decimal => subtract(wallet, isolated);

const assetWire = (asset: Asset, sums: Sums, updateTime: number): object => ({
  asset,
  walletBalance: money(sums.wallet),
  unrealizedProfit: money(sums.unrealised),
  marginBalance: money(add(sums.wallet, sums.unrealised)),
  maintMargin: money(sums.maintenance),
  initialMargin: money(add(sums.positionMargin, sums.orderMargin)),
  positionInitialMargin: money(sums.positionMargin),
  openOrderInitialMargin: money(sums.orderMargin),
  crossWalletBalance: money(crossWallet(sums)),
  crossUnPnl: money(sums.crossUnrealised),
  availableBalance: money(sums.available),
  maxWithdrawAmount: money(withdrawable(sums)),
  updateTime,
});

const totals = (sums: Sums): object => ({
  totalInitialMargin: money(add(sums.positionMargin, sums.orderMargin)),
  totalMaintMargin: money(sums.maintenance),
  totalWalletBalance: money(sums.wallet),
  totalUnrealizedProfit: money(sums.unrealised),
  totalMarginBalance: money(add(sums.wallet, sums.unrealised)),
  totalPositionInitialMargin: money(sums.positionMargin),
  totalOpenOrderInitialMargin: money(sums.orderMargin),
  totalCrossWalletBalance: money(crossWallet(sums)),
  totalCrossUnPnl: money(sums.crossUnrealised),
  availableBalance: money(sums.available),
  maxWithdrawAmount: money(withdrawable(sums)),
});

/** Every asset of the wallet; only the settlement asset carries margin. */
const perAsset = ({ wallets: { linear } }: Account, sums: Sums): readonly { readonly asset: Asset; readonly sums: Sums }[] => {
  const assets = new Set<Asset>([settlement, ...linear.entries().map(([asset]) => asset)]);
  return [...assets].map((asset) => {
    if (asset === settlement) return { asset, sums };
    const { free } = linear.balance(asset);
    return { asset, sums: { ...none, wallet: free, available: free } };
  });
};

const updatedAt = ({ book }: UsdmParts, { apiKey, createdAtMs }: Account): number =>
  book.ofAccount(apiKey).at(-1)?.updatedAtMs ?? createdAtMs;

const accountV3 = (parts: UsdmParts, account: Account): object => {
  const { rows, sums } = reading(parts, account);
  const busy = busySymbols(parts, account);
  return {
    ...totals(sums),
    assets: perAsset(account, sums).map((one) => assetWire(one.asset, one.sums, updatedAt(parts, account))),
    positions: rows.filter(({ market }) => busy.has(market.symbol)).map(accountPositionV3),
  };
};

const accountV2 = (parts: UsdmParts, account: Account): object => {
  const { rows, sums } = reading(parts, account);
  const updateTime = updatedAt(parts, account);
  return {
    feeTier: 0,
    feeBurn: false,
    canTrade: true,
    canDeposit: true,
    canWithdraw: true,
    updateTime: 0,
    multiAssetsMargin: false,
    tradeGroupId: -1,
    ...totals(sums),
    assets: perAsset(account, sums).map((one) => ({ ...assetWire(one.asset, one.sums, updateTime), marginAvailable: true })),
    positions: rows.map(accountPositionV2),
  };
};

const balances = (parts: UsdmParts, account: Account): readonly object[] =>
  perAsset(account, reading(parts, account).sums).map(({ asset, sums }) => ({
    // Not the account's number, so that nobody takes one for the other.
    accountAlias: `alias${account.uid}`,
    asset,
    balance: money(sums.wallet),
    crossWalletBalance: money(crossWallet(sums)),
    crossUnPnl: money(sums.crossUnrealised),
    availableBalance: money(sums.available),
    maxWithdrawAmount: money(withdrawable(sums)),
    marginAvailable: true,
    updateTime: updatedAt(parts, account),
  }));

const accountRead = (path: string, answer: (account: Account) => unknown): SignedEndpoint => ({
  method: 'GET',
  path,
  security: 'futures_data',
  weight: 5,
  read:
    () =>
    ({ account }) =>
      json(answer(account)),
});

/** Version 3 lists only symbols with a position or an open order, version 2 all of them. */
const positionRisk = (parts: UsdmParts, version: 'v2' | 'v3'): SignedEndpoint => ({
  method: 'GET',
  path: `/fapi/${version}/positionRisk`,
  security: 'futures_data',
  weight: 5,
  read: (params) => {
    const market = parts.markets.optional(params);
    return ({ account }) => {
      const rows = positionRows(parts, account, parts.engine.margin(account.apiKey), market === undefined ? undefined : [market]);
      if (version === 'v2') return json(rows.map(positionRiskV2));
      const busy = busySymbols(parts, account);
      return json(rows.filter((row) => busy.has(row.market.symbol)).map(positionRiskV3));
    };
  },
});

export const usdmAccount = (parts: UsdmParts): readonly SignedEndpoint[] => [
  accountRead('/fapi/v3/account', (account) => accountV3(parts, account)),
  accountRead('/fapi/v2/account', (account) => accountV2(parts, account)),
  accountRead('/fapi/v3/balance', (account) => balances(parts, account)),
  accountRead('/fapi/v2/balance', (account) => balances(parts, account)),
  positionRisk(parts, 'v3'),
  positionRisk(parts, 'v2'),
];
