import type { Decimal } from '@latchkey/kernel';
import type { ApiKey, Environment, Exchange } from './names.js';
import { SimulatorError } from './simulator-error.js';
import { createWallet, type Wallet } from './wallet.js';

/** What the owner ticked on the venue's API management page. */
export type Permissions = {
  readonly read: boolean;
  readonly trade: boolean;
  readonly futures: boolean;
  readonly withdraw: boolean;
  readonly transfer: boolean;
};

export type Account = {
  readonly exchange: Exchange;
  readonly environment: Environment;
  readonly apiKey: ApiKey;
  readonly apiSecret: string;
  readonly permissions: Permissions;
  readonly ipRestricted: boolean;
  /** Only asked when `ipRestricted`. */
  readonly allowedIps: readonly string[];
  /** A deleted key: the venue no longer knows it. */
  readonly revoked: boolean;
  readonly uid: number;
  readonly createdAtMs: number;
  readonly wallets: { readonly spot: Wallet; readonly linear: Wallet };
};

export type Balances = Readonly<Record<string, Decimal>>;
export type AccountDraft = Omit<Account, 'wallets' | 'revoked'> & { readonly balances: Balances };
export type AccountChange = {
  readonly permissions?: Partial<Permissions>;
  readonly balances?: Balances;
  readonly ipRestricted?: boolean;
  readonly allowedIps?: readonly string[];
  readonly revoked?: boolean;
};

export type Accounts = {
  readonly find: (apiKey: string) => Account | undefined;
  /** @throws {SimulatorError} `account_exists` */
  readonly open: (draft: AccountDraft) => Account;
  /** @throws {SimulatorError} `account_not_found` */
  readonly change: (apiKey: string, change: AccountChange) => Account;
};

export const createAccounts = (): Accounts => {
  const accounts = new Map<string, Account>();
  return {
    find: (apiKey) => accounts.get(apiKey),
    open: ({ balances, ...draft }) => {
      if (accounts.has(draft.apiKey)) {
        throw new SimulatorError(
          'account_exists',
          `an account with apiKey "${draft.apiKey}" is already open; PATCH /accounts/${draft.apiKey} changes it, POST /reset forgets all`,
        );
      }
      const account: Account = {
        ...draft,
        revoked: false,
        wallets: { spot: createWallet(balances), linear: createWallet(balances) },
      };
      accounts.set(account.apiKey, account);
      return account;
    },
    change: (apiKey, { permissions, balances, ...rest }) => {
      const known = accounts.get(apiKey);
      if (known === undefined) {
        throw new SimulatorError('account_not_found', `no account has apiKey "${apiKey}"; open it with POST /accounts first`);
      }
      const changed: Account = { ...known, ...rest, permissions: { ...known.permissions, ...permissions } };
      for (const wallet of Object.values(known.wallets)) {
        for (const [asset, free] of Object.entries(balances ?? {}))
          wallet.setFree(asset as Parameters<Wallet['setFree']>[0], free);
      }
      accounts.set(apiKey, changed);
      return changed;
    },
  };
};
