import { add, compare, subtract, zero, type Decimal } from '@latchkey/kernel';
import type { Asset } from './names.js';

/** `locked` is what open orders have set aside; both count as owned. */
export type Balance = { readonly free: Decimal; readonly locked: Decimal };

/** The balances of one account in one wallet. Callers check `has` first; a wallet never decides about orders. */
export type Wallet = {
  readonly entries: () => readonly (readonly [Asset, Balance])[];
  readonly balance: (asset: Asset) => Balance;
  readonly has: (asset: Asset, amount: Decimal) => boolean;
  readonly setFree: (asset: Asset, free: Decimal) => void;
  readonly receive: (asset: Asset, amount: Decimal) => void;
  readonly spend: (asset: Asset, amount: Decimal) => void;
  readonly lock: (asset: Asset, amount: Decimal) => void;
  readonly unlock: (asset: Asset, amount: Decimal) => void;
};

const empty: Balance = { free: zero, locked: zero };

export const createWallet = (initial: Readonly<Record<string, Decimal>>): Wallet => {
  const balances = new Map<Asset, Balance>(
    Object.entries(initial).map(([asset, free]) => [asset as Asset, { free, locked: zero }]),
  );
  const balance = (asset: Asset): Balance => balances.get(asset) ?? empty;
  const change = (asset: Asset, next: (now: Balance) => Balance): void => {
    balances.set(asset, next(balance(asset)));
  };

  return {
    entries: () => [...balances],
    balance,
    has: (asset, amount) => compare(balance(asset).free, amount) >= 0,
    setFree: (asset, free) => change(asset, ({ locked }) => ({ free, locked })),
    receive: (asset, amount) => change(asset, ({ free, locked }) => ({ free: add(free, amount), locked })),
    spend: (asset, amount) => change(asset, ({ free, locked }) => ({ free: subtract(free, amount), locked })),
    lock: (asset, amount) => change(asset, ({ free, locked }) => ({ free: subtract(free, amount), locked: add(locked, amount) })),
    unlock: (asset, amount) =>
      change(asset, ({ free, locked }) => ({ free: add(free, amount), locked: subtract(locked, amount) })),
  };
};
