import ccxt, { type binance } from 'ccxt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redirectClient } from '../../testing/redirect-client.js';
import { follower, stage } from '../../testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;
let client: binance;

beforeAll(async () => {
  venue = await stage();
  client = await redirectClient(new ccxt.binance({ ...follower, enableRateLimit: false }), venue.urls.binance);
  await client.loadMarkets();
});
afterAll(async () => {
  await client.close();
  await venue.stop();
});
beforeEach(async () => {
  await venue.control.reset();
  await venue.control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
});

const orders = { path: '/api/v3/order', method: 'POST' };
const buy = () => client.createOrder('BTC/USDT', 'market', 'buy', 0.01);
const classOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.constructor.name : 'not an error'),
  );

/** The "prod class" column of `exchange-facts.md` 3.5 for spot; -2015 as it looks after a first success (trap 3). */
const classes: readonly (readonly [code: number, expected: string, message?: string])[] = [
  [-1000, 'OperationFailed'],
  [-1001, 'OperationFailed'],
  [-1003, 'DDoSProtection'],
  [-1006, 'OperationFailed'],
  [-1007, 'RequestTimeout'],
  [-1008, 'OperationFailed'],
  [-1013, 'InvalidOrder', 'Filter failure: LOT_SIZE'],
  [-1013, 'InvalidOrder', 'Filter failure: PRICE_FILTER'],
  [-1013, 'BadRequest', 'Filter failure: NOTIONAL'],
  [-1015, 'DDoSProtection'],
  [-1021, 'InvalidNonce'],
  [-1022, 'AuthenticationError'],
  [-1100, 'BadRequest'],
  [-1102, 'BadRequest'],
  [-1104, 'BadRequest'],
  [-1106, 'BadRequest'],
  [-1111, 'BadRequest'],
  [-1121, 'BadSymbol'],
  [-2008, 'AuthenticationError'],
  [-2010, 'InsufficientFunds'],
  [-2010, 'InvalidOrder', 'Duplicate order sent.'],
  [-2010, 'MarketClosed', 'Market is closed.'],
  [-2010, 'OrderImmediatelyFillable', 'Order would immediately match and take.'],
  [-2010, 'OrderImmediatelyFillable', 'Order would trigger immediately.'],
  [-2010, 'PermissionDenied', 'This symbol is not permitted for this account.'],
  [-2011, 'OrderNotFound'],
  [-2013, 'OrderNotFound'],
  [-2014, 'AuthenticationError'],
  [-2015, 'DDoSProtection'],
  [-2026, 'InvalidOrder'],
];

describe('an error code, to an unmodified ccxt with its production URLs', () => {
  it.each(classes)('%i is its %s', async (code, expected, message) => {
    expect(await classOf(client.fetchBalance())).toBe('no error');
    const words = message === undefined ? {} : { message };
    await venue.control.fault({ kind: 'venue-error', ...orders, params: { code, ...words } });
    expect(await classOf(buy())).toBe(expected);
    expect(await venue.control.book()).toEqual([]);
  });

  it.each([[-1000], [-1001], [-1006], [-1007]] as const)(
    '%i after the order was taken looks the same, and the book holds it',
    async (code) => {
      const expected = classes.find(([listed]) => listed === code)?.[1];
      await venue.control.fault({ kind: 'accept-then-error', ...orders, params: { code } });
      expect(await classOf(buy())).toBe(expected);
      expect(await venue.control.book()).toMatchObject([{ status: 'filled' }]);
    },
  );
});
