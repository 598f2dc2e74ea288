import type { Decimal } from '@latchkey/kernel';
import type { AccountKey } from './account-key.js';
import { createLinearAccount, type LinearAccount, type LinearStart, type PositionMode } from './linear-account.js';
import type { ApiKey, Asset, Environment, Exchange } from './names.js';
import type { Market } from './order.js';
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

/** What a permission check says beside, or instead of, what follows from {@link Permissions}: by the venue's own names, known to anybody or not. */
export type NamedRights = Readonly<Record<string, boolean | readonly string[] | null>>;

/** How a permission check writes that a key is bound to no address: Bybit's documentation leaves it open. */
export type UnboundAddresses = 'star' | 'empty' | 'absent';

export type Account = {
  readonly exchange: Exchange;
  readonly environment: Environment;
  readonly apiKey: ApiKey;
  readonly key: AccountKey;
  readonly permissions: Permissions;
  /** They are told, and grant nothing. */
  readonly rights: NamedRights;
  /** Bybit: the key only reads, whatever rights are ticked; without it, one without any right does. */
  readonly readOnly?: boolean;
  readonly ipRestricted: boolean;
  /** Only asked when `ipRestricted`. */
  readonly allowedIps: readonly string[];
  readonly unboundAs: UnboundAddresses;
  /** A deleted key: the venue no longer knows it. */
  readonly revoked: boolean;
  readonly uid: number;
  readonly createdAtMs: number;
  /** When the key (at Binance: its right to trade spot) ends by itself; without it, as the venue's own rule has it. */
  readonly expiresAtMs?: number;
  /** In a unified account both markets share one wallet. */
  readonly unified: boolean;
  readonly wallets: Readonly<Record<Market, Wallet>>;
  readonly linear: LinearAccount;
};

export type Balances = Readonly<Record<string, Decimal>>;
export type AccountDraft = Omit<Account, 'wallets' | 'linear' | 'revoked'> & {
  /** A unified account takes those of `spot`. */
  readonly balances: Readonly<Record<Market, Balances>>;
} & LinearStart;
export type AccountChange = {
  readonly permissions?: Partial<Permissions>;
  readonly balances?: Partial<Readonly<Record<Market, Balances>>>;
  /** Of every symbol, whatever is open. */
  readonly positionMode?: PositionMode;
  /** Replaces all that were named before. */
  readonly rights?: NamedRights;
  readonly readOnly?: boolean;
  readonly ipRestricted?: boolean;
  readonly allowedIps?: readonly string[];
  readonly unboundAs?: UnboundAddresses;
  readonly revoked?: boolean;
  /** Null: as the venue's own rule has it. */
  readonly expiresAtMs?: number | null;
};

export type Accounts = {
  readonly find: (apiKey: string) => Account | undefined;
  /** In the order they were opened. */
  readonly all: () => readonly Account[];
  /** @throws {SimulatorError} `account_exists` */
  readonly open: (draft: AccountDraft) => Account;
  /** @throws {SimulatorError} `account_not_found` */
  readonly change: (apiKey: string, change: AccountChange) => Account;
};

export const createAccounts = (): Accounts => {
  const accounts = new Map<string, Account>();
  return {
    find: (apiKey) => accounts.get(apiKey),
    all: () => [...accounts.values()],
    open: ({ balances, positionMode, leverage, marginType = 'cross', ...draft }) => {
      if (accounts.has(draft.apiKey)) {
        throw new SimulatorError(
          'account_exists',
          `an account with apiKey "${draft.apiKey}" is already open; PATCH /accounts/${draft.apiKey} changes it, POST /reset forgets all`,
        );
      }
      const spot = createWallet(balances.spot);
      const account: Account = {
        ...draft,
        revoked: false,
        wallets: { spot, linear: draft.unified ? spot : createWallet(balances.linear) },
        linear: createLinearAccount({ positionMode, leverage, marginType }),
      };
      accounts.set(account.apiKey, account);
      return account;
    },
    change: (apiKey, { permissions, balances, positionMode, expiresAtMs, ...rest }) => {
      const known = accounts.get(apiKey);
      if (known === undefined) {
        throw new SimulatorError('account_not_found', `no account has apiKey "${apiKey}"; open it with POST /accounts first`);
      }
      const { expiresAtMs: before, ...lasting } = known;
      const endsAtMs = expiresAtMs === undefined ? before : (expiresAtMs ?? undefined);
      const changed: Account = {
        ...lasting,
        ...rest,
        ...(endsAtMs === undefined ? {} : { expiresAtMs: endsAtMs }),
        permissions: { ...known.permissions, ...permissions },
      };
      for (const market of ['spot', 'linear'] as const) {
        for (const [asset, free] of Object.entries(balances?.[market] ?? {})) known.wallets[market].setFree(asset as Asset, free);
      }
      if (positionMode !== undefined) known.linear.setPositionMode(positionMode);
      accounts.set(apiKey, changed);
      return changed;
    },
  };
};
