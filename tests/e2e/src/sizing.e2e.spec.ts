import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { markets, type Market } from './support/markets.js';
import {
  book,
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

const balances = { USDT: '12000', BTC: '0.2' };
type Sizing = { readonly mode: string; readonly value?: string };

/** What a buy of BTC at 60,000 comes to. Equity on spot is 24,000: the coins count. */
const modes: readonly { readonly sizing: Sizing; readonly spot: number; readonly linear: number }[] = [
  { sizing: { mode: 'alert' }, spot: 0.003, linear: 0.003 },
  { sizing: { mode: 'base_amount', value: '0.0049' }, spot: 0.0049, linear: 0.004 },
  { sizing: { mode: 'quote_amount', value: '330' }, spot: 0.0055, linear: 0.005 },
  { sizing: { mode: 'equity_percent', value: '5' }, spot: 0.02, linear: 0.01 },
  { sizing: { mode: 'free_percent', value: '10' }, spot: 0.02, linear: 0.02 },
];
const cases = markets.flatMap((market) => modes.map((mode) => ({ ...market, mode: mode.sizing.mode, market, ...mode })));

describe('a follower’s size, from the setting to the venue', () => {
  let stack: Stack;
  let users = 0;
  beforeAll(async () => {
    stack = await startStack({ RATE_LIMIT_SCALE: '20' });
  });
  afterAll(() => stack?.dispose());

  type Follower = { readonly user: User; readonly strategy: Strategy };
  const follower = async (market: Market): Promise<Follower> => {
    const id = `sized-${(users += 1)}`;
    const user = await trader(stack, id, await issueTokens(stack)(id), market, { balances });
    return { user, strategy: await strategyOf(user, `Sizes ${users}`) };
  };
  const follow = async ({ user, strategy }: Follower, setting: object) => {
    const answer = await user.api('PUT', `/api/strategies/${strategy.id}/follow`, { ...user.market, ...setting });
    expect(answer, answer.text).toMatchObject({ status: 200, body: { following: setting } });
  };
  const traded = async ({ user, strategy }: Follower, alert: Readonly<Record<string, unknown>> = {}): Promise<Trade> => {
    const taken = await post(stack, strategy, newAlert({ quantity: '0.003', ...alert }));
    expect(taken, taken.text).toMatchObject({ status: 202 });
    return settledTrade(user, String(taken.body['signalId']), 90_000);
  };
  const bought = async ({ user }: Follower) => (await book(stack, user.apiKey)).map(({ filled }) => Number(filled));

  it.concurrent.each(cases)('$mode at $exchange $marketType is what was meant, rounded down', async ({ market, ...one }) => {
    const of = await follower(market);
    await follow(of, { sizing: one.sizing });
    expect(await traded(of)).toMatchObject({ status: 'filled' });
    expect(await bought(of)).toEqual([one[market.marketType]]);
  });

  it.concurrent.each(markets)(
    'position_percent at $exchange $marketType adds to what is owned, and is nothing before',
    async (market) => {
      const of = await follower(market);
      await follow(of, { sizing: { mode: 'position_percent', value: '50' } });
      expect(await traded(of)).toMatchObject({ status: 'denied', reason: 'sizing.nothing_owned' });
      await follow(of, { sizing: { mode: 'base_amount', value: '0.02' } });
      expect(await traded(of)).toMatchObject({ status: 'filled' });
      await follow(of, { sizing: { mode: 'position_percent', value: '50' } });
      expect(await traded(of)).toMatchObject({ status: 'filled' });
      // On spot a thousandth of what was bought went to the venue as its fee.
      expect(await bought(of)).toEqual([0.02, market.marketType === 'spot' ? 0.00999 : 0.01]);
    },
  );

  it.concurrent.each(markets)('too little at $exchange $marketType says what would have been enough', async (market) => {
    const of = await follower(market);
    await follow(of, { sizing: { mode: 'equity_percent', value: '0.01' } });
    expect(await traded(of)).toMatchObject({
      status: 'denied',
      message: expect.stringMatching(/takes at least 0\.(?:021|022|5) %/),
    });
    expect(await bought(of)).toEqual([]);
  });

  it.concurrent.each(markets.filter(({ marketType }) => marketType === 'linear'))(
    'a leverage at $exchange is set before the order, within the follower’s limit, by a string that the vault signs for nothing else',
    async (market) => {
      const of = await follower(market);
      // 100 % of 12,000 at 5 times: at the account's own leverage it would be a size of 12,000, or not fit the margin.
      await follow(of, { sizing: { mode: 'free_percent', value: '80' }, limits: { maxLeverage: 5 } });
      expect(await traded(of, { leverage: 50 })).toMatchObject({ status: 'filled' });
      expect(await bought(of)).toEqual([0.8]);
    },
  );

  it.concurrent.each(markets.filter(({ marketType }) => marketType === 'spot'))(
    'a leverage at $exchange spot is ignored where the alert says it, and refused where the follower does',
    async (market) => {
      const of = await follower(market);
      await follow(of, { sizing: { mode: 'quote_amount', value: '330' } });
      const taken = await post(stack, of.strategy, newAlert({ leverage: 50 }));
      expect(taken.body['warnings']).toContainEqual(expect.stringContaining('on spot it is ignored'));
      expect(await settledTrade(of.user, String(taken.body['signalId']), 90_000)).toMatchObject({ status: 'filled' });
      const refused = await of.user.api('PUT', `/api/strategies/${of.strategy.id}/follow`, {
        ...market,
        sizing: { mode: 'quote_amount', value: '330' },
        leverage: 5,
      });
      expect(refused).toMatchObject({ status: 422, body: { error: { code: 'following.not_supported' } } });
    },
  );
});
