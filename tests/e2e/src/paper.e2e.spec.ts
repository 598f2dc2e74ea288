import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { markets } from './support/markets.js';
import {
  book,
  control,
  newAlert,
  post,
  settledTrades,
  strategyOf,
  trader,
  userOf,
  type Trade,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

type Decided = readonly [action: string, side: string | null, amount: string | null, status: string, reason: string | undefined];
type Figures = Trade & {
  readonly action: string;
  readonly amount: string | null;
  readonly filled: string;
  readonly averagePrice?: string;
};

/** In, larger, a part out, round, out, and what there is nothing to do about. */
const alerts = [
  { action: 'buy', sentiment: 'long' },
  { action: 'add' },
  { action: 'exit', quantity: '25', quantityType: 'percent_of_position' },
  { action: 'sell', sentiment: 'short' },
  { action: 'exit' },
  { action: 'add' },
] as const;
const prices = ['60000', '61000', '59500', '60500', '58000', '60000'] as const;

describe('a follower on paper beside a live one', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ RATE_LIMIT_SCALE: '20' });
  });
  afterAll(() => stack?.dispose());

  const tradesOf = async (user: User, signalId: string): Promise<readonly Figures[]> =>
    (await settledTrades<Figures>(user, signalId)).toSorted((a, b) => a.action.localeCompare(b.action));
  const decided = ({ action, side, amount, status, reason }: Figures): Decided => [action, side, amount, status, reason];

  // One after the other: the price is everybody's.
  it.each(markets)(
    'decides the same at $exchange $marketType, and its fills differ by nothing but the venue’s',
    async (market) => {
      const { exchange, marketType } = market;
      const tokens = issueTokens(stack);
      const [liveId, paperId] = ['live', 'paper'].map((who) => `${who}-${exchange}-${marketType}`) as [string, string];
      const live = await trader(stack, liveId, await tokens(liveId), market);
      const paper = userOf(stack, paperId, await tokens(paperId), market);
      const strategy = await strategyOf(live, 'Both');
      const sizing = { mode: 'base_amount', value: '0.02' };
      for (const [user, environment] of [
        [live, 'live'],
        [paper, 'paper'],
      ] as const) {
        const { status, text } = await user.api('PUT', `/api/strategies/${strategy.id}/follow`, {
          ...market,
          environment,
          sizing,
        });
        expect([status, text]).toEqual([200, expect.any(String)]);
      }
      const watcher = userOf(stack, `watch-${exchange}-${marketType}`, await tokens(`watch-${exchange}-${marketType}`), market);
      const watched = await strategyOf(watcher, 'Watch');
      await watcher.api('PUT', `/api/strategies/${watched.id}/follow`, { ...market, environment: 'paper', sizing });
      /** What the executor knows of a price may be a second old: somebody else's paper order shows what it is. */
      const knows = (price: string): Promise<void> =>
        eventually(
          async () => {
            const taken = await post(stack, watched, newAlert());
            const [trade] = await tradesOf(watcher, String(taken.body['signalId']));
            if (trade?.averagePrice !== price) throw new TypeError(`it is still ${trade?.averagePrice}`);
          },
          { timeoutMs: 20_000 },
        );
      for (const [i, alert] of alerts.entries()) {
        const price = prices[i] ?? '60000';
        await control(stack, 'PUT', '/markets/BTCUSDT', { price });
        await knows(price);
        const { quantity: _ours, ...common } = newAlert();
        const taken = await post(stack, strategy, { ...common, ...alert });
        expect(taken, taken.text).toMatchObject({ status: 202 });
        const signalId = String(taken.body['signalId']);
        const [ofLive, ofPaper] = [await tradesOf(live, signalId), await tradesOf(paper, signalId)];
        expect(ofPaper.map(decided), JSON.stringify(alert)).toEqual(ofLive.map(decided));
        for (const [at, { averagePrice }] of ofPaper.entries()) {
          // The simulator fills at its one price, so what differs is nothing.
          expect(averagePrice).toBe(ofLive[at]?.averagePrice);
        }
      }
      expect(await book(stack, paper.apiKey)).toEqual([]);
      const { body } = await paper.api('GET', `/api/paper-accounts/${exchange}`);
      const accounts = body['markets'] as readonly {
        marketType: string;
        balances: Record<string, string>;
        positions: unknown[];
      }[];
      const account = accounts.find((one) => one.marketType === marketType);
      expect(account?.positions).toEqual([]);
      const { body: venue } = await control(stack, 'PATCH', `/accounts/${live.apiKey}`, {});
      const { wallets } = venue['account'] as { wallets: Record<string, Record<string, { free: string }>> };
      const wallet = wallets[marketType] ?? {};
      expect(Number(account?.balances['USDT'])).toBeCloseTo(Number(wallet['USDT']?.free), 6);
    },
  );

  it('may set what it has, and is told what is wrong with that', async () => {
    const user = userOf(stack, 'paper-rich', await issueTokens(stack)('paper-rich'));
    const set = await user.api('PUT', '/api/paper-accounts/binance', { marketType: 'spot', balances: { USDT: '5', BTC: '1' } });
    expect(set).toMatchObject({ status: 200, body: { success: true, exchange: 'binance' } });
    expect(set.body['markets']).toMatchObject([{ balances: { USDT: '5', BTC: '1' } }, { balances: { USDT: '100000' } }]);
    for (const balances of [{}, { USDT: '-1' }, { USDT: 'much' }, { 'no asset': '1' }]) {
      const { status, body } = await user.api('PUT', '/api/paper-accounts/binance', { marketType: 'spot', balances });
      expect([status, (body['error'] as { code: string }).code]).toEqual([400, 'request.invalid']);
    }
  });
});
