import { add, isZero, lesser, multiply, subtract, sum, zero, type Decimal } from '@latchkey/kernel';
import type { Account } from '../../core/accounts.js';
import type { MarginView } from '../../core/linear-funds.js';
import type { Asset } from '../../core/names.js';
import type { Wallet } from '../../core/wallet.js';
import { settleCoin, type BybitParts } from '../bybit-parts.js';
import { signedRead, result, type SignedEndpoint } from '../endpoint.js';
import { maintenanceMargin } from '../position/position-wire.js';
import { refuse } from '../refusal.js';

const accountTypes = ['UNIFIED', 'CONTRACT', 'SPOT'] as const;
type AccountType = (typeof accountTypes)[number];

/** A coin's worth in dollars; one that has no market here counts for nothing. */
const priceIn = ({ world: { prices } }: BybitParts, coin: Asset): Decimal => {
  if (coin === settleCoin) return '1' as Decimal;
  const pair = prices.pairs.find(({ base, quote }) => base === coin && quote === settleCoin);
  return pair === undefined ? zero : prices.of(pair.symbol);
};

type Money = { readonly wallet: Wallet; readonly margin?: MarginView; readonly maintenance: Decimal };

const moneyOf = (parts: BybitParts, account: Account, accountType: AccountType): Money => {
  if (accountType === 'SPOT') return { wallet: account.wallets.spot, maintenance: zero };
  const margin = parts.linear.margin(account.apiKey);
  const held = account.linear.positions();
  const maintenance = sum(held.map(({ size, pair }) => maintenanceMargin(size, parts.world.prices.mark(pair.symbol))));
  return { wallet: account.wallets.linear, margin, maintenance };
};

const coinRow = (parts: BybitParts, account: Account, { wallet, margin, maintenance }: Money, coin: Asset) => {
  const { free, locked } = wallet.balance(coin);
  const settles = coin === settleCoin;
  const pnl = settles ? (margin?.crossUnrealisedPnl ?? zero) : zero;
  const walletBalance = add(free, locked);
  const equity = add(walletBalance, pnl);
  // What is locked for positions and their orders shows as margin; `locked` is what spot orders hold.
  const reserved = settles && margin !== undefined ? lesser(locked, account.linear.reserved()) : zero;
  return {
    coin,
    equity,
    usdValue: multiply(equity, priceIn(parts, coin)),
    walletBalance,
    locked: subtract(locked, reserved),
    borrowAmount: '0',
    spotBorrow: '0',
    accruedInterest: '0',
    totalOrderIM: settles ? (margin?.orderMargin ?? zero) : zero,
    totalPositionIM: settles ? (margin?.positionMargin ?? zero) : zero,
    totalPositionMM: settles ? maintenance : zero,
    unrealisedPnl: pnl,
    cumRealisedPnl: settles ? sum(account.linear.positions().map(({ realisedPnl }) => realisedPnl)) : zero,
    bonus: '0',
    marginCollateral: true,
    collateralSwitch: true,
    spotHedgingQty: '0',
    free: account.unified ? '' : free,
    availableToWithdraw: account.unified ? '' : free,
    availableToBorrow: '',
  };
};

type CoinRow = ReturnType<typeof coinRow>;

const totalFields = [
  'accountIMRate',
  'accountMMRate',
  'totalEquity',
  'totalWalletBalance',
  'totalMarginBalance',
  'totalAvailableBalance',
  'totalPerpUPL',
  'totalInitialMargin',
  'totalMaintenanceMargin',
  'accountLTV',
] as const;

/** Only unified accounts have totals; the venue leaves the fields empty elsewhere. */
const totals = (parts: BybitParts, account: Account, rows: readonly CoinRow[], money: Money): object => {
  if (!account.unified || money.margin === undefined) return Object.fromEntries(totalFields.map((name) => [name, '']));
  const { positionMargin, orderMargin, crossUnrealisedPnl } = money.margin;
  const totalEquity = sum(rows.map(({ usdValue }) => usdValue));
  const initial = add(positionMargin, orderMargin);
  const spotLocked = sum(rows.map(({ coin, locked }) => multiply(locked, priceIn(parts, coin))));
  return {
    accountIMRate: '0',
    accountMMRate: '0',
    totalEquity,
    totalWalletBalance: subtract(totalEquity, crossUnrealisedPnl),
    totalMarginBalance: totalEquity,
    totalAvailableBalance: subtract(subtract(totalEquity, initial), spotLocked),
    totalPerpUPL: crossUnrealisedPnl,
    totalInitialMargin: initial,
    totalMaintenanceMargin: money.maintenance,
    accountLTV: '0',
  };
};

/** One wallet as the list and the stream show it. Without `asked` it lists the coins that are owned. */
export const walletRow = (parts: BybitParts, account: Account, accountType: AccountType, asked?: readonly Asset[]): object => {
  const money = moneyOf(parts, account, accountType);
  const coins = asked ?? money.wallet.entries().map(([coin]) => coin);
  const rows = coins
    .map((coin) => coinRow(parts, account, money, coin))
    .filter(({ walletBalance: owned }) => asked !== undefined || !isZero(owned));
  return { accountType, ...totals(parts, account, rows, money), coin: rows };
};

/** `GET /v5/account/wallet-balance`. A classic account has two wallets and no `UNIFIED` one, and the other way round. */
export const walletBalance = (parts: BybitParts): SignedEndpoint =>
  signedRead('/v5/account/wallet-balance', 'read', ({ params, account }) => {
    const accountType = params.oneOf('accountType', accountTypes);
    if (accountType === undefined) throw refuse.parameter('accountType is required');
    if (account.unified !== (accountType === 'UNIFIED')) {
      throw refuse.request(`accountType only support ${account.unified ? 'UNIFIED' : 'CONTRACT, SPOT'}.`);
    }
    const asked = params.text('coin')?.split(',') as readonly Asset[] | undefined;
    return result({ list: [walletRow(parts, account, accountType, asked)] });
  });
