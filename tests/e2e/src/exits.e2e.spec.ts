import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { markets, orderPathOf, type Market } from './support/markets.js';
import {
  book,
  control,
  follow,
  newAlert,
  post,
  settledTrade,
  strategyOf,
  trader,
  type Strategy,
  type Trade,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

const modes = ['one-way', 'hedge'] as const;
/** Every market; contracts in both position modes, whose closing orders are other strings. */
const cases = markets.flatMap((market) =>
  market.marketType === 'spot'
    ? [{ market, positionMode: 'one-way' as const }]
    : modes.map((positionMode) => ({ market, positionMode })),
);
const sizing = { mode: 'base_amount', value: '0.01' };

describe('an exit, from the alert to the venue', () => {
  let stack: Stack;
  let users = 0;
  beforeAll(async () => {
    stack = await startStack({ RATE_LIMIT_SCALE: '20' });
  });
  afterAll(() => stack?.dispose());

  type Following = { readonly user: User; readonly strategy: Strategy };
  const following = async (market: Market, account: Readonly<Record<string, unknown>> = {}): Promise<Following> => {
    const id = `leaving-${(users += 1)}`;
    const user = await trader(stack, id, await issueTokens(stack)(id), market, account);
    const strategy = await strategyOf(user, `Exits ${users}`);
    await follow(user, strategy, sizing);
    return { user, strategy };
  };
  const alert = async ({ strategy }: Following, action: 'buy' | 'sell' | 'exit'): Promise<string> => {
    // An exit names no quantity: what there is decides.
    const { quantity: _, ...exit } = newAlert({ action });
    const taken = await post(stack, strategy, action === 'exit' ? exit : { ...exit, quantity: '0.001' });
    expect(taken, taken.text).toMatchObject({ status: 202 });
    return String(taken.body['signalId']);
  };
  const traded = async (of: Following, action: 'buy' | 'sell' | 'exit'): Promise<Trade> =>
    settledTrade(of.user, await alert(of, action), 90_000);
  const sidesOf = async ({ user }: Following) =>
    (await book(stack, user.apiKey)).map(({ side, amount }) => [side.toLowerCase(), Number(amount)]);
  const positionsOf = async ({ user }: Following) => (await control(stack, 'GET', `/positions?apiKey=${user.apiKey}`)).body;

  it.concurrent.each(cases)(
    'closes what was bought at $market.exchange $market.marketType ($positionMode), once, and nothing is left of it',
    async ({ market, positionMode }) => {
      const isSpot = market.marketType === 'spot';
      const of = await following(market, isSpot ? {} : { positionMode });
      expect(await traded(of, 'buy')).toMatchObject({ status: 'filled', side: 'buy' });
      const exit = await traded(of, 'exit');
      expect(exit).toMatchObject({ status: 'filled', side: 'sell' });
      // A thousandth of what was bought went to the venue as its fee on spot, and lots are whole.
      expect(await sidesOf(of)).toEqual([
        ['buy', 0.01],
        ['sell', isSpot ? 0.00999 : 0.01],
      ]);
      if (!isSpot) expect(await positionsOf(of)).toEqual([]);
      const again = await traded(of, 'exit');
      expect(again).toMatchObject({ status: 'denied', reason: expect.stringMatching(/^(nothing_to_close|dust_below_minimum)$/) });
      expect(await sidesOf(of)).toHaveLength(2);
    },
  );

  it.concurrent.each(cases.filter(({ market }) => market.marketType === 'linear'))(
    'buys a short position back at $market.exchange ($positionMode)',
    async ({ market, positionMode }) => {
      const of = await following(market, { positionMode });
      expect(await traded(of, 'sell')).toMatchObject({ status: 'filled' });
      expect(await traded(of, 'exit')).toMatchObject({ status: 'filled', side: 'buy' });
      expect(await positionsOf(of)).toEqual([]);
      expect(await sidesOf(of)).toHaveLength(2);
    },
  );

  it.concurrent.each(markets)('passes a halt at $exchange $marketType, which holds entries back', async (market) => {
    const of = await following(market);
    await traded(of, 'buy');
    const { status } = await of.user.api('POST', '/api/trading/halt', { scope: 'user', reason: 'enough' });
    expect(status).toBe(200);
    expect(await traded(of, 'buy')).toMatchObject({ status: 'denied', reason: 'halted.user' });
    expect(await traded(of, 'exit')).toMatchObject({ status: 'filled' });
    expect((await sidesOf(of)).map(([side]) => side)).toEqual(['buy', 'sell']);
    if (market.marketType === 'linear') expect(await positionsOf(of)).toEqual([]);
  });

  it.concurrent.each(markets)(
    'that comes while its entry is unknown at $exchange $marketType closes it when it is found, and nothing is sent twice',
    async (market) => {
      const of = await following(market, { balances: { BTC: '1', USDT: '100000' } });
      const { user } = of;
      const fault = { exchange: market.exchange, apiKey: user.apiKey, path: orderPathOf(market), method: 'POST' };
      const late = { ...fault, kind: 'accept-late', params: { ms: 7_000 } };
      expect((await control(stack, 'POST', '/faults', late)).status).toBe(201);
      const entry = await alert(of, 'buy');
      await eventually(
        async () => {
          const { body } = await user.api('GET', `/api/signals/${entry}`);
          expect((body['personalTrades'] as Trade[])[0]?.status).toMatch(/^(submitted|unknown)$/);
        },
        { timeoutMs: 30_000 },
      );
      const exit = await traded(of, 'exit');
      expect(await settledTrade(user, entry, 60_000)).toMatchObject({ status: 'filled' });
      expect(exit).toMatchObject({ status: 'filled', side: 'sell' });
      const orders = await book(stack, user.apiKey);
      expect(orders.map(({ side }) => side.toLowerCase())).toEqual(['buy', 'sell']);
      expect(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size).toBe(2);
      if (market.marketType === 'linear') expect(await positionsOf(of)).toEqual([]);
    },
  );
});
