import type { FollowingResult, RpcReply, RpcRequest } from '@latchkey/contracts';
import { isZero, sum, withDeadline, type Clock, type Decimal } from '@latchkey/kernel';
import { averageOf, unrealisedOf } from '../domain/results/count.js';
import type { Markets } from './ports/exchange.js';
import { resultKey, type KeptResult, type Results } from './ports/results.js';

type Deps = { readonly results: Results; readonly markets: Markets; readonly clock: Clock };
type Price = NonNullable<FollowingResult['price']>;

/** Prices are asked for while somebody waits for the answer, within the limits that orders need too. */
const priceWaitMs = 2_000;
const mostPrices = 100;

const marketOf = ({ exchange, environment, marketType, symbol }: KeptResult): string =>
  [exchange, environment, marketType, symbol].join('/');

const priceFor =
  ({ markets, clock }: Deps) =>
  async (of: KeptResult): Promise<Price | null> => {
    const at = new Date(clock.now()).toISOString();
    try {
      const value = await withDeadline('the price', priceWaitMs, async () => markets(of)?.price(of.symbol));
      return value === undefined ? null : { value, at };
    } catch {
      return null;
    }
  };

const pricesFor = async (owned: readonly KeptResult[], deps: Deps): Promise<ReadonlyMap<string, Price | null>> => {
  const markets = [...new Map(owned.map((one) => [marketOf(one), one])).entries()].slice(0, mostPrices);
  const ask = priceFor(deps);
  return new Map(await Promise.all(markets.map(async ([market, one]) => [market, await ask(one)] as const)));
};

const priced =
  (prices: ReadonlyMap<string, Price | null>) =>
  (result: KeptResult): FollowingResult => {
    const { standing, ...of } = result;
    const price = isZero(standing.quantity) ? null : (prices.get(marketOf(result)) ?? null);
    return {
      ...of,
      quantity: standing.quantity,
      averageEntryPrice: averageOf(standing) ?? null,
      unrealised: isZero(standing.quantity) ? ('0' as Decimal) : price && unrealisedOf(standing, price.value),
      price,
    };
  };

const sumOf = (all: readonly FollowingResult[]): Decimal | null => {
  const known = all.flatMap(({ unrealised }) => unrealised ?? []);
  return known.length === all.length ? sum(known) : null;
};

const cursorOf = (of: KeptResult): string => Buffer.from(resultKey(of)).toString('base64url');
const readCursor = (cursor: string | undefined): string =>
  cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString();

/** What a user's followings made: what is kept of their executions, and what they own at the price of now. */
export const reportPerformance =
  (deps: Deps) =>
  async ({
    cursor,
    limit,
    ...filter
  }: RpcRequest<'qry.trade-executor.performance'>): Promise<RpcReply<'qry.trade-executor.performance'>> => {
    const { followings, totals, days } = await deps.results.of(filter);
    const prices = await pricesFor(
      followings.filter(({ standing }) => !isZero(standing.quantity)),
      deps,
    );
    const after = readCursor(cursor);
    const all = followings.map(priced(prices));
    const left = followings.findIndex((one) => resultKey(one) > after);
    const from = left === -1 ? all.length : left;
    const last = followings[from + limit - 1];
    return {
      results: all.slice(from, from + limit),
      totals: totals.map((total) => ({
        ...total,
        unrealised: sumOf(all.filter((one) => one.environment === total.environment && one.quoteAsset === total.quoteAsset)),
      })),
      days: [...days],
      nextCursor: last && from + limit < all.length ? cursorOf(last) : null,
    };
  };
