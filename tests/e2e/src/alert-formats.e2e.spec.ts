import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { markets } from './support/markets.js';
import { book, control, follow, post, settledTrades, strategyOf, trader, type Strategy, type User } from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

type Position = 'long' | 'short' | 'flat';
/** One order of a strategy, as TradingView knows it: all that its placeholders say. */
type Order = {
  readonly action: 'buy' | 'sell';
  readonly contracts: string;
  readonly from: readonly [Position, string];
  readonly to: readonly [Position, string];
};

const enters: Order = { action: 'buy', contracts: '0.02', from: ['flat', '0'], to: ['long', '0.02'] };
const halves: Order = { action: 'sell', contracts: '0.01', from: ['long', '0.02'], to: ['long', '0.01'] };
const turns: Order = { action: 'sell', contracts: '0.02', from: ['long', '0.01'], to: ['short', '0.01'] };
const leaves: Order = { action: 'buy', contracts: '0.01', from: ['short', '0.01'], to: ['flat', '0'] };

const now = (): string => new Date().toISOString().replace(/\.\d+/, '');

/** The same four orders in each format, as its own documentation writes it. */
const formats: Readonly<Record<string, readonly ((ticker: string) => unknown)[]>> = {
  'our own': [enters, halves, turns, leaves].map(({ action, contracts, from, to }) => (ticker) => ({
    ticker,
    action,
    quantity: contracts,
    price: '60000',
    orderId: 'Long',
    time: now(),
    marketPosition: to[0],
    prevMarketPosition: from[0],
    marketPositionSize: to[1],
    prevMarketPositionSize: from[1],
  })),
  TradersPost: [
    { action: 'buy', sentiment: 'bullish', quantity: '0.02' },
    { action: 'exit', quantityType: 'percent_of_position', quantity: 50 },
    { action: 'sell', sentiment: 'bearish', quantity: 0.01 },
    { action: 'buy', sentiment: 'flat', quantity: '0.01' },
  ].map((order) => (ticker) => ({ ticker, ...order, quantityType: order.quantityType ?? 'fixed_quantity', time: now() })),
  '3Commas, strategy type': [enters, halves, turns, leaves].map(({ action, contracts, from, to }) => (ticker) => ({
    secret: 'of another platform',
    max_lag: '300',
    timestamp: now(),
    trigger_price: '60000',
    tv_exchange: 'BINANCE',
    tv_instrument: ticker,
    action,
    bot_uuid: '0b0e5d0c-6d8e-4f0e-9f6e-1d1a7e0b0c0d',
    strategy_info: {
      market_position: to[0],
      market_position_size: to[1],
      prev_market_position: from[0],
      prev_market_position_size: from[1],
    },
    order: { amount: contracts, currency_type: 'base' },
  })),
  'OKX, strategy form': [enters, halves, turns, leaves].map(({ action, contracts, from, to }) => (ticker) => ({
    id: 'Long',
    action,
    marketPosition: to[0],
    prevMarketPosition: from[0],
    marketPositionSize: to[1],
    prevMarketPositionSize: from[1],
    instrument: ticker,
    signalToken: 'of another platform',
    timestamp: now(),
    maxLag: '60',
    investmentType: 'base',
    amount: contracts,
  })),
  'OKX, universal form': [
    { action: 'ENTER_LONG', investmentType: 'base', amount: '0.02' },
    { action: 'EXIT_LONG', investmentType: 'percentage_position', amount: '50' },
    { action: 'ENTER_SHORT', investmentType: 'base', amount: '0.01' },
    { action: 'EXIT_SHORT', investmentType: 'percentage_position', amount: '100' },
  ].map((order) => () => ({
    ...order,
    instrument: 'BTC-USDT-SWAP',
    signalToken: 'of another platform',
    timestamp: now(),
    maxLag: '60',
    orderType: 'market',
  })),
  'bare placeholders': [enters, halves, turns, leaves].map(({ action, contracts, from, to }) => (ticker) => ({
    ticker,
    exchange: 'BINANCE',
    timenow: now(),
    strategy: {
      order_action: action,
      order_contracts: Number(contracts),
      order_price: 60000,
      order_id: 'Long',
      market_position: to[0],
      market_position_size: Number(to[1]),
      prev_market_position: from[0],
      prev_market_position_size: Number(from[1]),
    },
  })),
  "TradingView's own message": [enters, halves, turns, leaves].map(
    ({ action, contracts, to: [position, size] }) =>
      (ticker) =>
        `Supertrend (10, 3): order ${action} @ ${contracts} filled on ${ticker}. New strategy position is ${position === 'short' ? '-' : ''}${size}`,
  ),
};

/** A long of two, the half of it, the other side of what is left, nothing: with what was bought less its fee, and no short, on spot. */
const expected = {
  linear: [
    ['buy', 0.02],
    ['sell', 0.01],
    ['sell', 0.01],
    ['sell', 0.01],
    ['buy', 0.01],
  ],
  spot: [
    ['buy', 0.02],
    ['sell', 0.01],
    ['sell', 0.00998],
  ],
  spotByPercent: [
    ['buy', 0.02],
    ['sell', 0.00999],
    ['sell', 0.00999],
  ],
} as const;
const byPercent: ReadonlySet<string> = new Set(['TradersPost', 'OKX, universal form']);

describe('an alert as its platform writes it', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ RATE_LIMIT_SCALE: '20' });
  });
  afterAll(() => stack?.dispose());

  const send = async (strategy: Strategy, alert: unknown): Promise<string> => {
    const taken = await post(stack, strategy, alert, typeof alert === 'string' ? 'text/plain' : 'application/json');
    expect(taken, taken.text).toMatchObject({ status: 202, body: { status: 'accepted' } });
    return String(taken.body['signalId']);
  };

  it.concurrent.each(Object.entries(formats))('becomes the right orders at all four markets: %s', async (format, alerts) => {
    const tokens = issueTokens(stack);
    const prefix = format.replaceAll(/[^a-z0-9]/gi, '');
    const users = await Promise.all(
      markets.map(async (market) => {
        const id = `${prefix}-${market.exchange}-${market.marketType}`;
        return trader(stack, id, await tokens(id), market);
      }),
    );
    const strategy = await strategyOf(users[0] as User, format);
    for (const user of users) await follow(user, strategy, { mode: 'alert' });
    for (const write of alerts) {
      const signalId = await send(strategy, write('BTCUSDT.P'));
      await Promise.all(users.map((user) => settledTrades(user, signalId)));
    }
    for (const user of users) {
      const { exchange, marketType } = user.market;
      const got = (await book(stack, user.apiKey)).map(({ side, filled }) => [side.toLowerCase(), Number(filled)]);
      const spot = byPercent.has(format) ? expected.spotByPercent : expected.spot;
      expect(got, `${format} at ${exchange} ${marketType}`).toEqual(marketType === 'spot' ? spot : expected.linear);
      const { body } = await control(stack, 'GET', `/positions?apiKey=${user.apiKey}`);
      if (marketType === 'linear') expect(body).toEqual([]);
    }
  });
});
