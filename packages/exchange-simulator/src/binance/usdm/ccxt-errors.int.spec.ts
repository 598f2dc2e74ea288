import ccxt, { type binanceusdm } from 'ccxt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { redirectClient } from '../../testing/redirect-client.js';
import { follower, stage } from '../../testing/stage.js';

let venue: Awaited<ReturnType<typeof stage>>;
let client: binanceusdm;

beforeAll(async () => {
  venue = await stage();
  client = await redirectClient(new ccxt.binanceusdm({ ...follower, enableRateLimit: false }), venue.urls.binance);
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

const orders = { path: '/fapi/v1/order', method: 'POST' };
const buy = () => client.createOrder('BTC/USDT:USDT', 'market', 'buy', 0.01);
const classOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.constructor.name : 'not an error'),
  );

/** The "prod class" column of `exchange-facts.md` 3.5 as USDM has it: -2015 keeps its class here, and -2008 has none of its own. */
const classes: readonly (readonly [code: number, expected: string])[] = [
  [-1000, 'OperationFailed'],
  [-1001, 'OperationFailed'],
  [-1003, 'DDoSProtection'],
  [-1006, 'OperationFailed'],
  [-1007, 'RequestTimeout'],
  [-1008, 'OperationFailed'],
  [-1015, 'DDoSProtection'],
  [-1021, 'InvalidNonce'],
  [-1022, 'AuthenticationError'],
  [-1100, 'BadRequest'],
  [-1102, 'BadRequest'],
  [-1104, 'BadRequest'],
  [-1106, 'BadRequest'],
  [-1111, 'BadRequest'],
  [-1121, 'BadSymbol'],
  [-2008, 'ExchangeError'],
  [-2011, 'OrderNotFound'],
  [-2013, 'OrderNotFound'],
  [-2014, 'AuthenticationError'],
  [-2015, 'AuthenticationError'],
  [-2018, 'InsufficientFunds'],
  [-2019, 'InsufficientFunds'],
  [-2020, 'OperationFailed'],
  [-2021, 'OrderImmediatelyFillable'],
  [-2022, 'InvalidOrder'],
  [-2025, 'OperationRejected'],
  [-2027, 'OperationRejected'],
  [-2028, 'OperationRejected'],
  [-4003, 'BadRequest'],
  [-4028, 'BadRequest'],
  [-4046, 'MarginModeAlreadySet'],
  [-4047, 'OperationRejected'],
  [-4048, 'OperationRejected'],
  [-4059, 'OperationRejected'],
  [-4061, 'OperationRejected'],
  [-4067, 'OperationRejected'],
  [-4068, 'OperationRejected'],
  [-4116, 'InvalidOrder'],
  [-4120, 'ExchangeError'],
  [-4131, 'OperationRejected'],
  [-4164, 'InvalidOrder'],
  [-4400, 'PermissionDenied'],
  [-5022, 'OrderNotFillable'],
];

describe('a USDM error code, to an unmodified ccxt with its production URLs', () => {
  it.each(classes)('%i is its %s', async (code, expected) => {
    expect(await classOf(client.fetchBalance())).toBe('no error');
    await venue.control.fault({ kind: 'venue-error', ...orders, params: { code } });
    expect(await classOf(buy())).toBe(expected);
    expect(await venue.control.book()).toEqual([]);
  });

  it.each([[-1000], [-1001], [-1006], [-1007]] as const)(
    '%i after the order was taken looks the same, and the book holds it',
    async (code) => {
      const expected = classes.find(([listed]) => listed === code)?.[1];
      await venue.control.fault({ kind: 'accept-then-error', ...orders, params: { code } });
      expect(await classOf(buy())).toBe(expected);
      expect(await venue.control.book()).toMatchObject([{ market: 'linear', status: 'filled' }]);
    },
  );
});
