import { randomBytes } from 'node:crypto';
import { readStackFile, stackHome, type StackDescription } from '@latchkey/local-stack';
import { Option, type Command } from 'commander';
import { CliError } from '../errors.js';
import { requestOk } from '../http.js';
import { createOutput, table, type Output } from '../output.js';
import { issueToken } from '../token.js';

type Trade = {
  readonly id: string;
  readonly status: string;
  readonly symbol: string;
  readonly side: string;
  readonly clientOrderId: string;
  readonly filled: string;
  readonly averagePrice?: string;
};
type Order = {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: string;
  readonly amount: string;
  readonly price: string;
  readonly status: string;
};
type TimelineEntry = { readonly type: string; readonly at: string };

const settled = new Set(['denied', 'expired', 'filled', 'rejected', 'canceled', 'unverifiable']);

const exchanges = ['binance', 'bybit'] as const;
const marketTypes = ['spot', 'linear'] as const;
type Market = { readonly exchange: (typeof exchanges)[number]; readonly marketType: (typeof marketTypes)[number] };

// Keys in the format that each exchange gives out.
const keyLengths = { binance: [64, 64], bybit: [18, 36] } as const;
// Contracts have coarser steps than coins: 50 USDT of bitcoin would be less than one of them.
const sizings = {
  spot: { sizing: { mode: 'quote_amount', value: '50' }, words: '50 USDT' },
  linear: { sizing: { mode: 'base_amount', value: '0.001' }, words: '0.001 BTC' },
} as const;

const letters = (length: number): string =>
  randomBytes(length)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, 'x')
    .slice(0, length);

const settledTrade = async (url: string, token: string, signalId: string): Promise<Trade> => {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { personalTrades } = (await requestOk(`${url}/api/signals/${signalId}`, { token })) as unknown as {
      personalTrades: readonly Trade[];
    };
    const [trade] = personalTrades;
    if (trade && settled.has(trade.status)) return trade;
    if (Date.now() > deadline)
      throw new CliError(
        'cli.demo_failed',
        `the trade was not settled within a minute: ${trade?.status ?? 'not requested yet'}; see: latchkey logs trade-executor`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const tour = async (stack: StackDescription, { progress }: Output, { exchange, marketType }: Market) => {
  const { gateway, simulator } = stack;
  if (!simulator)
    throw new CliError(
      'cli.demo_failed',
      'the demo trades at the simulated venues only; start the stack without LATCHKEY_VENUES=live',
    );
  const run = randomBytes(4).toString('hex');
  const token = await issueToken(stack, `demo-${run}`, 'user', '15m');
  const api = (path: string, method?: string, body?: unknown) =>
    requestOk(`${gateway.url}${path}`, { token, ...(method ? { method } : {}), ...(body === undefined ? {} : { body }) });
  const [apiKey, apiSecret] = keyLengths[exchange].map(letters);
  const { sizing, words } = sizings[marketType];

  progress(`1. an account at the (simulated) exchange ${exchange}, with an API key that may read and trade`);
  await requestOk(`${simulator.control}/accounts`, { method: 'POST', body: { exchange, apiKey, apiSecret } });
  progress('2. the key goes to the vault, and is verified at the exchange');
  const saved = await api(`/api/user-api-keys/${exchange}`, 'POST', { apiKey, apiSecret });
  const verified = await api(`/api/user-api-keys/${exchange}/verify`, 'POST');
  progress(`   ${String(saved['masked_key'])}: ${JSON.stringify(verified['permissions'])}`);
  progress(`3. a strategy, and a follower who trades ${words} on each of its signals (${marketType})`);
  const { strategy } = (await api('/api/strategies', 'POST', { name: `Demo ${run}` })) as unknown as {
    strategy: { id: string; webhookUrl: string };
  };
  await api(`/api/strategies/${strategy.id}/follow`, 'PUT', { exchange, marketType, sizing });
  progress('4. the alert, as TradingView would post it');
  const alert = {
    ticker: 'BTCUSDT',
    action: 'buy',
    quantity: '0.001',
    price: '60000',
    orderId: 'Long',
    time: new Date().toISOString(),
  };
  const { signalId } = (await requestOk(`${gateway.url}${new URL(strategy.webhookUrl).pathname}`, {
    method: 'POST',
    body: alert,
  })) as unknown as { signalId: string };
  const trade = await settledTrade(gateway.url, token, signalId);
  progress('5. the order in the exchange’s own book, and the trade’s history');
  const orders = (await requestOk(`${simulator.control}/orders?apiKey=${apiKey}`)) as unknown as readonly Order[];
  const { timeline } = (await api(`/api/trades/${trade.id}`)) as unknown as { timeline: readonly TimelineEntry[] };
  if (trade.status !== 'filled' || orders.length !== 1) {
    throw new CliError(
      'cli.demo_failed',
      `expected one filled order, found ${orders.length} and a trade that is ${trade.status}; see: latchkey logs trade-executor`,
    );
  }
  return { signalId, trade, orders, timeline };
};

type DemoOptions = { readonly json?: boolean; readonly exchange: Market['exchange']; readonly market: Market['marketType'] };

export const demoCommand = (program: Command): void => {
  program
    .command('demo')
    .description('the whole tour: key, strategy, follower, alert, order, history, on the running stack')
    .addOption(new Option('--exchange <exchange>', 'where the follower has an account').choices(exchanges).default('binance'))
    .addOption(new Option('--market <market>', 'linear: USDT perpetuals').choices(marketTypes).default('spot'))
    .option('--json', 'answer as JSON')
    .action(async ({ json = false, exchange, market }: DemoOptions) => {
      const output = createOutput(json);
      const result = await tour(readStackFile(stackHome().stackFile), output, { exchange, marketType: market });
      const { trade, orders, timeline } = result;
      const text = [
        '',
        table(
          ['order', 'client order id', 'symbol', 'side', 'amount', 'price', 'status'],
          orders.map((order) =>
            [order.orderId, order.clientOrderId, order.symbol, order.side, order.amount, order.price, order.status].map(String),
          ),
        ),
        '',
        table(
          ['at', 'event'],
          timeline.map(({ at, type }) => [at, type]),
        ),
        '',
        `trade ${trade.id}: ${trade.status}, ${trade.filled} ${trade.symbol} at ${trade.averagePrice ?? '?'}`,
        '',
        'Check the record:  npm run --silent latchkey -- audit verify --complete',
      ].join('\n');
      output.answer(result, text);
    });
};
