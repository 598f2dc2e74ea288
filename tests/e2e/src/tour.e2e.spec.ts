import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { binanceSpot, markets, namesFills } from './support/markets.js';
import {
  book,
  follow,
  http,
  newAlert,
  newcomer,
  post,
  settledTrade,
  strategyOf,
  trader,
  type Strategy,
  type Trade,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

// The template of the README with its placeholders filled in, as TradingView would.
const filledIn = (time: string, orderId: string, action = 'buy'): string =>
  `{"ticker": "BTCUSDT", "action": "${action}", "quantity": "0.00083", "price": "60000", "orderId": "${orderId}", "marketPosition": "long", "prevMarketPosition": "flat", "time": "${time}"}`;
const now = (): string => new Date().toISOString().replace(/\.\d+Z/, 'Z');

describe('the tour', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack?.dispose());

  describe.each(markets)('at $exchange, on $marketType', (market) => {
    let user: User;
    let strategy: Strategy;
    beforeAll(async () => {
      user = await trader(stack, `tourist-${market.exchange}-${market.marketType}`, undefined, market);
      strategy = await strategyOf(user);
      await follow(user, strategy);
    });

    const ordered = async (alert: string, contentType?: string): Promise<Trade> => {
      const before = (await book(stack, user.apiKey)).length;
      const taken = await post(stack, strategy, alert, contentType);
      expect(taken).toMatchObject({ status: 202, body: { success: true, status: 'accepted' } });
      const trade = await settledTrade(user, taken.body['signalId'] as string);
      expect(trade).toMatchObject({ status: 'filled' });
      const orders = await book(stack, user.apiKey);
      expect(orders).toHaveLength(before + 1);
      expect(orders.at(-1)).toMatchObject({
        exchange: market.exchange,
        market: market.marketType,
        symbol: 'BTCUSDT',
        side: trade.side,
        clientOrderId: trade.clientOrderId,
        status: expect.stringMatching(/filled/i),
      });
      return trade;
    };

    it('says what the key may do, in the words of the guide', async () => {
      const path = `/api/user-api-keys/${market.exchange}`;
      expect((await user.api('POST', `${path}/verify`)).body).toEqual({
        success: true,
        message: 'API key verified successfully',
        permissions: { can_read: true, can_trade: true, can_withdraw: false },
      });
      expect((await user.api('GET', `${path}/status`)).body).toEqual({
        success: true,
        has_key: true,
        masked_key: `${user.apiKey.slice(0, 4)}...${user.apiKey.slice(-4)}`,
        enabled: true,
        verified: true,
        verified_at: expect.any(String),
      });
    });

    it.each([
      ['withdraw', { withdraw: true }, 'vault.key_can_withdraw'],
      ['transfer', { transfer: true }, 'vault.key_can_transfer'],
      ['not trade', { trade: false, futures: false }, 'vault.key_cannot_trade'],
    ])('refuses a key that may %s', async (what, permissions, code) => {
      const id = `${what.replace(' ', '-')}-${market.exchange}-${market.marketType}`;
      const careless = await newcomer(stack, id, await issueTokens(stack)(id), market, { permissions });
      const answer = await careless.api('POST', `/api/user-api-keys/${market.exchange}/verify`);
      expect(answer).toMatchObject({ status: 422, body: { success: false, error: { code } } });
    });

    it.each(market === binanceSpot ? ['application/json', 'text/plain', 'text/plain; charset=utf-8'] : ['application/json'])(
      'turns an alert sent as %s into one filled order',
      async (contentType) => {
        expect(await ordered(filledIn(now(), `Long ${contentType}`), contentType)).toMatchObject({ side: 'buy' });
      },
    );

    it('shows the trade with its timeline and its trace', async () => {
      const { body: list } = await user.api('GET', '/api/trades');
      const [trade] = list['trades'] as { id: string }[];
      const { status, body } = await user.api('GET', `/api/trades/${trade?.id}`);
      expect(status).toBe(200);
      const types = (body['timeline'] as { type: string }[]).map(({ type }) => type);
      expect(types.slice(0, 2)).toEqual(['TradeRequested', 'OrderSubmitted']);
      expect(types.at(-1)).toBe('OrderClosed');
      expect(types.includes('OrderFilled')).toBe(namesFills(market));
      expect(body['traceId']).toMatch(/^[0-9a-f]{32}$/);
    });

    it('answers the same alert four times at once, and again later, with one order', async () => {
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
      const time = now();
      const taken = await Promise.all(['first', 'second'].map((id) => post(stack, strategy, filledIn(time, id))));
      expect(taken.map(({ body }) => body['status'])).toEqual(['accepted', 'accepted']);
      for (const { body } of taken) await settledTrade(user, body['signalId'] as string);
      expect(await book(stack, user.apiKey)).toHaveLength(before + 2);
    });

    // After several buys: the venue took its fee out of what was bought, so one buy does not pay for one sell.
    it('sells', async () => {
      expect(await ordered(filledIn(now(), 'Close Long', 'sell'))).toMatchObject({ side: 'sell' });
    });

    it('puts every step on the record', async () => {
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
        'OrderClosed',
      ]) {
        expect(types).toContain(type);
      }
    });

    it('is one command', async () => {
      const { exchange, marketType } = market;
      const { code, stdout, stderr } = await stack.cli('demo', '--exchange', exchange, '--market', marketType, '--json');
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toMatchObject({
        trade: { status: 'filled', exchange },
        orders: [{ side: 'buy', market: marketType }],
      });
    });

    it('forgets the key', async () => {
      const path = `/api/user-api-keys/${market.exchange}`;
      expect(await user.api('DELETE', path)).toMatchObject({ status: 200, body: { success: true } });
      expect((await user.api('GET', `${path}/status`)).body).toEqual({ success: true, has_key: false });
    });
  });

  it('leaves a record that is complete and unaltered', async () => {
    const verified = await stack.cli('audit', 'verify', '--complete', '--json');
    expect(verified).toMatchObject({ code: 0 });
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
  });

  it('is one command without a choice, too', async () => {
    const { code, stdout } = await stack.cli('demo', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ trade: { exchange: 'binance' }, orders: [{ market: 'spot' }] });
  });

  it('describes itself', async () => {
    const { gateway } = stack.description();
    expect((await http(`${gateway.url}/openapi.json`)).body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) });
    expect((await http(`${gateway.url}/.well-known/jwks.json`)).body).toHaveProperty('keys');
    expect(await stack.cli('status', '--json')).toMatchObject({ code: 0 });
    expect(await stack.cli('doctor', '--json')).toMatchObject({ code: 0 });
  });
});
