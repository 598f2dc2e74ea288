import { zero, type Clock } from '@latchkey/kernel';
import type { Balance } from '../domain/sizing/size-request.js';
import type { Refusal, TradeRequest } from '../domain/trade/events.js';
import { recvWindowMs } from '../domain/trade/policy.js';
import type { AccountBalances, Market } from './ports/exchange.js';
import type { Vault } from './ports/vault.js';

/** How old a balance may be that an order is sized by, unless configured otherwise. */
export const defaultMaxBalanceAgeMs = 5_000;

export type ToldBalances =
  | { readonly ok: true; readonly of: (asset: string) => Balance }
  /** `final`: asking again would be answered the same, because the vault signs nothing for this account. */
  | ({ readonly ok: false; readonly final: boolean } & Refusal);

type Account = Pick<TradeRequest, 'userId' | 'exchange' | 'environment' | 'marketType'>;
type Answer = { readonly balances?: AccountBalances | undefined; readonly refusal?: Refusal | undefined };
type Reading = { askedAt: number | undefined; readonly answer: Promise<Answer> };

type BalancesDeps = { readonly vault: Pick<Vault, 'sign'>; readonly clock: Clock; readonly maxAgeMs?: number };

const untold: Refusal = {
  reason: 'venue.balance_unknown',
  message: 'The exchange did not tell in time what the account has, so a share of it could not be sized.',
};
const nothing: Balance = { total: zero, free: zero };
/** One answer tells them all. */
const allAssets = '';

const keyOf = ({ userId, exchange, environment, marketType }: Account): string =>
  `${userId}/${exchange}/${environment}/${marketType}`;

/**
 * What accounts have, read once for everybody who asks within a balance's age: on Binance a spot balance weighs 20 of the 6,000 a minute that all
 * users of our address share. An order of our own makes the readings of its account worthless, so whoever sends one says so.
 *
 * @see docs/adr/0174-what-a-percentage-is-taken-of.md
 */
export const createBalances = ({ vault, clock, maxAgeMs = defaultMaxBalanceAgeMs }: BalancesDeps) => {
  const accounts = new Map<string, Map<string, Reading>>();

  // Its age counts from the moment in which it was signed: before that it waited for its turn, and the venue had not been asked.
  const isFresh = ({ askedAt }: Reading): boolean => askedAt === undefined || clock.now() - askedAt <= maxAgeMs;

  /** Accounts in the order in which they were last read: those that nobody asks about any more are at the front. */
  const dropOld = (): void => {
    for (const [key, readings] of accounts) {
      if ([...readings.values()].some(isFresh)) return;
      accounts.delete(key);
    }
  };

  const ask = (account: Account, asset: string, exchange: Market): Reading => {
    const { userId, exchange: name, environment, marketType } = account;
    const read = async (): Promise<Answer> => {
      const timestamp = exchange.clock.now();
      if (!exchange.balances || timestamp === undefined) return {};
      const seen: { refusal?: Refusal } = {};
      const balances = await exchange.balances(asset, {
        timestamp,
        recvWindow: recvWindowMs,
        user: userId,
        authorize: async (payload) => {
          reading.askedAt = clock.now();
          const signed = await vault.sign({ purpose: 'read', userId, exchange: name, environment, marketType, payload });
          if (signed.outcome === 'signed') return signed;
          if (signed.outcome === 'refused') seen.refusal = { reason: signed.code, message: signed.message };
          return undefined;
        },
      });
      return balances ? { balances } : { refusal: seen.refusal };
    };
    // After this turn, so that there is a reading for it to note its time in.
    const reading: Reading = { askedAt: undefined, answer: Promise.resolve().then(read) };
    return reading;
  };

  const one = async (account: Account, asset: string, exchange: Market): Promise<Answer> => {
    const key = keyOf(account);
    const place = exchange.tellsAllBalances ? allAssets : asset;
    const readings = accounts.get(key) ?? new Map<string, Reading>();
    const known = readings.get(place);
    const reading = known && isFresh(known) ? known : ask(account, asset, exchange);
    if (reading !== known) {
      dropOld();
      readings.set(place, reading);
      accounts.delete(key);
      accounts.set(key, readings);
    }
    const answer = await reading.answer;
    if (answer.balances && isFresh(reading)) return answer;
    // What was not told, or came too late, is asked for again.
    if (readings.get(place) === reading) readings.delete(place);
    return { refusal: answer.refusal };
  };

  return {
    /** At most so old as configured; shared by everybody who asks meanwhile. */
    read: async (account: Account, assets: readonly string[], exchange: Market): Promise<ToldBalances> => {
      const told = await Promise.all(assets.map(async (asset) => ({ asset, ...(await one(account, asset, exchange)) })));
      const missing = told.find(({ balances }) => !balances);
      if (missing) return { ok: false, final: missing.refusal !== undefined, ...(missing.refusal ?? untold) };
      return { ok: true, of: (of) => told.find(({ asset }) => asset === of)?.balances?.get(of) ?? nothing };
    },
    /** Something was ordered for the account: what was read before says no longer what it has. */
    forget: (account: Account): void => void accounts.delete(keyOf(account)),
  };
};

export type Balances = ReturnType<typeof createBalances>;
