import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  book,
  follow,
  http,
  newAlert,
  post,
  settledTrade,
  strategyOf,
  trader,
  type Strategy,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

describe('the tour', () => {
  let stack: Stack;
  let user: User;
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack();
    user = await trader(stack, 'tourist');
    strategy = await strategyOf(user);
    await follow(user, strategy);
  });
  afterAll(() => stack?.dispose());

  // The template of the README with its placeholders filled in, as TradingView would.
  const filledIn = (time: string, orderId: string): string =>
    `{"ticker": "BTCUSDT", "action": "buy", "quantity": "0.00083", "price": "60000", "orderId": "${orderId}", "marketPosition": "long", "prevMarketPosition": "flat", "time": "${time}"}`;

  it.each(['application/json', 'text/plain', 'text/plain; charset=utf-8'])(
    'turns an alert sent as %s into one filled order',
    async (contentType) => {
      const before = (await book(stack, user.apiKey)).length;
      const taken = await post(
        stack,
        strategy,
        filledIn(new Date().toISOString().replace(/\.\d+Z/, 'Z'), `Long ${contentType}`),
        contentType,
      );
      expect(taken).toMatchObject({ status: 202, body: { success: true, status: 'accepted' } });
      const trade = await settledTrade(user, taken.body['signalId'] as string);
      expect(trade).toMatchObject({ status: 'filled' });

      const orders = await book(stack, user.apiKey);
      expect(orders).toHaveLength(before + 1);
      expect(orders.at(-1)).toMatchObject({
        symbol: 'BTCUSDT',
        side: 'buy',
        clientOrderId: trade.clientOrderId,
        status: expect.stringMatching(/filled/i),
      });
    },
  );

  it('shows the trade with its timeline and its trace', async () => {
    const { body: list } = await user.api('GET', '/api/trades');
    const [trade] = list['trades'] as { id: string }[];
    const { status, body } = await user.api('GET', `/api/trades/${trade?.id}`);
    expect(status).toBe(200);
    const types = (body['timeline'] as { type: string }[]).map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['TradeRequested', 'OrderSubmitted']);
    expect(types).toContain('OrderFilled');
    expect(body['traceId']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('puts every step on the record, and the record is complete and unaltered', async () => {
    const { body } = await user.api('GET', '/api/audit?limit=200');
    const types = new Set((body['entries'] as { type: string }[]).map(({ type }) => type));
    for (const type of [
      'CredentialSaved',
      'CredentialVerified',
      'StrategyCreated',
      'FollowingSet',
      'SignalReceived',
      'TradeRequested',
      'OrderSubmitted',
      'OrderFilled',
    ]) {
      expect(types).toContain(type);
    }
    const verified = await stack.cli('audit', 'verify', '--complete', '--json');
    expect(verified).toMatchObject({ code: 0 });
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
  });

  it('is one command', async () => {
    const { code, stdout, stderr } = await stack.cli('demo', '--json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ trade: { status: 'filled' }, orders: [{ side: 'buy' }] });
  });

  it('answers the same alert four times at once, and again later, with one order per follower', async () => {
    const before = (await book(stack, user.apiKey)).length;
    const alert = newAlert();
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(stack, strategy, alert)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(answers.filter(({ body }) => body['status'] === 'accepted')).toHaveLength(1);
    expect(answers.filter(({ body }) => body['status'] === 'duplicate')).toHaveLength(3);
    expect(new Set(answers.map(({ body }) => body['signalId'])).size).toBe(1);
    await settledTrade(user, answers[0]?.body['signalId'] as string);
    const again = await post(stack, strategy, alert);
    expect(again).toMatchObject({ status: 202, body: { status: 'duplicate' } });
    expect(await book(stack, user.apiKey)).toHaveLength(before + 1);
  });

  it('makes two orders of two different orders of one strategy in the same second', async () => {
    const before = (await book(stack, user.apiKey)).length;
    const time = new Date().toISOString().replace(/\.\d+Z/, 'Z');
    const taken = await Promise.all(['first', 'second'].map((id) => post(stack, strategy, filledIn(time, id))));
    expect(taken.map(({ body }) => body['status'])).toEqual(['accepted', 'accepted']);
    for (const { body } of taken) await settledTrade(user, body['signalId'] as string);
    expect(await book(stack, user.apiKey)).toHaveLength(before + 2);
  });

  it('describes itself', async () => {
    const { gateway } = stack.description();
    expect((await http(`${gateway.url}/openapi.json`)).body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
    expect((await http(`${gateway.url}/.well-known/jwks.json`)).body).toHaveProperty('keys');
    expect(await stack.cli('status', '--json')).toMatchObject({ code: 0 });
    expect(await stack.cli('doctor', '--json')).toMatchObject({ code: 0 });
  });
});
