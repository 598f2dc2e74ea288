import type { SignItem } from '@latchkey/contracts';
import { clientOrderIdOf, tradeIdOf, type Leg, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { refusalOfString } from './grammar.js';

const nowMs = 1_790_000_000_000;
const account = { userId: 'user-1' as UserId, exchange: 'binance', environment: 'live' } as const;
const signalId = '0199d3a0-7c00-7000-8000-000000000001' as SignalId;
const strategyId = '0199d3a0-7c00-7000-8000-000000000003' as StrategyId;
const tradeId = tradeIdOf({ signalId, actionIndex: 0, ...account });
const clientOrderId = clientOrderIdOf(tradeId, 'e0' as Leg);
const trade = { tradeId, signalId, strategyId, actionIndex: 0, leg: 'e0', attempt: 1 };
const window = `timestamp=${nowMs}&recvWindow=5000`;
const market = `timestamp=${nowMs}&symbol=BTCUSDT&side=BUY&newClientOrderId=${clientOrderId}&newOrderRespType=FULL&type=MARKET&quoteOrderQty=100&recvWindow=5000`;

const item = (purpose: SignItem['purpose'], payload: string, more: Partial<SignItem> = {}): SignItem => ({
  ...account,
  marketType: 'spot',
  purpose,
  payload,
  ...(purpose === 'open' || purpose === 'close' ? { trade } : {}),
  ...(purpose === 'verify' ? { verificationId: '0199d3a0-7c00-7000-8000-000000000005' } : {}),
  ...more,
});
const judge = (purpose: SignItem['purpose'], payload: string, more: Partial<SignItem> = {}) =>
  refusalOfString(item(purpose, payload, more), nowMs);

describe('strings that are signed', () => {
  it.each<[SignItem['purpose'], string]>([
    ['verify', window],
    ['verify', `recvWindow=5000&timestamp=${nowMs}`],
    ['open', market],
    ['open', market.replace('quoteOrderQty=100', 'quantity=0.00100')],
    ['open', market.replace('BTCUSDT', '%E5%B8%81%E5%AE%89USDT')],
    ['close', market.replace('side=BUY', 'side=SELL').replace('quoteOrderQty=100', 'quantity=0.5')],
    ['read', window],
    ['read', `${window}&omitZeroBalances=true`],
    ['read', `symbol=BTCUSDT&origClientOrderId=${clientOrderId}&${window}`],
    ['read', `symbol=BTCUSDT&orderId=28&limit=1000&${window}`],
    ['cancel', `symbol=BTCUSDT&orderId=28&${window}`],
    ['cancel', `symbol=BTCUSDT&origClientOrderId=${clientOrderId}&${window}`],
  ])('%s: %s', (purpose, payload) => {
    expect(judge(purpose, payload)).toBeUndefined();
  });
});

describe('strings that are not', () => {
  it.each<[string, SignItem['purpose'], string]>([
    ['a withdrawal', 'read', `coin=BTC&address=bc1q&amount=1&${window}`],
    ['a withdrawal beside an order', 'open', `${market}&coin=BTC&address=bc1q`],
    ['a transfer', 'read', `type=MAIN_UMFUTURE&asset=USDT&amount=1&${window}`],
    ['a sub-account', 'read', `email=a&${window}`],
    ['a listen key', 'read', `listenKey=x&${window}`],
    ['a session', 'verify', `apiKey=abc&timestamp=${nowMs}`],
    ['an empty string', 'read', ''],
    ['all orders of a symbol (DELETE openOrders takes it too)', 'read', `symbol=BTCUSDT&${window}`],
    ['all orders of a symbol, to cancel', 'cancel', `symbol=BTCUSDT&${window}`],
    ['an order that futures would take too', 'open', market.replace('=FULL', '=RESULT')],
    ['an order that says nothing about its answer', 'open', market.replace('&newOrderRespType=FULL', '')],
    ['a coin-margined contract', 'open', market.replace('BTCUSDT', 'BTCUSD_PERP')],
    ['an option', 'open', market.replace('BTCUSDT', 'BTC-261225-90000-C')],
    ['an order as a look-up', 'read', market],
    ['a look-up as an order', 'open', `symbol=BTCUSDT&orderId=28&${window}`],
    ['an account read to verify with more in it', 'verify', `${window}&omitZeroBalances=true`],
    ['both amounts', 'open', `${market}&quantity=1`],
    ['no amount', 'open', market.replace('&quoteOrderQty=100', '')],
    ['an amount of nothing', 'open', market.replace('quoteOrderQty=100', 'quoteOrderQty=0.00')],
    ['a negative amount', 'open', market.replace('quoteOrderQty=100', 'quoteOrderQty=-5')],
    ['an exponent', 'open', market.replace('quoteOrderQty=100', 'quoteOrderQty=1e9')],
    ['a limit order', 'open', market.replace('type=MARKET', 'type=LIMIT&price=1&timeInForce=GTC')],
    ['a margin order', 'open', `${market}&sideEffectType=MARGIN_BUY`],
    ['another case', 'open', market.replace('symbol=', 'Symbol=')],
    ['a name twice', 'read', `${window}&timestamp=${nowMs}`],
    ['a name without value', 'read', `${window}&omitZeroBalances=`],
    ['a name without equals sign', 'read', `${window}&omitZeroBalances`],
    ['a second equals sign', 'read', `${window}&omitZeroBalances=true=1`],
    ['a separator at the end', 'read', `${window}&`],
    ['an encoded separator', 'read', `symbol=BTCUSDT%26%63%6F%69%6E%3DBTC&orderId=1&${window}`],
    ['an encoded line break', 'read', `symbol=BTCUSDT%0A&orderId=1&${window}`],
    ['an encoded zero', 'read', `symbol=BTCUSDT%00&orderId=1&${window}`],
    ['a letter in two spellings', 'read', `symbol=%42TCUSDT&orderId=1&${window}`],
    ['half a character', 'read', `symbol=%E5%B8USDT&orderId=1&${window}`],
    ['an overlong separator', 'read', `symbol=BTCUSDT%C0%A6&orderId=1&${window}`],
    ['percent-encoding in lower case', 'read', `symbol=%e5%b8%81USDT&orderId=1&${window}`],
    ['percent-encoding outside of symbol', 'read', `symbol=BTCUSDT&orderId=%32&${window}`],
    ['a line break', 'read', `${window}\n`],
    ['a signature already', 'read', `${window}&signature=abc`],
    ['no window', 'read', `timestamp=${nowMs}`],
    ['no timestamp', 'read', 'recvWindow=5000'],
    ['too long a window', 'read', `timestamp=${nowMs}&recvWindow=5001`],
    ['a window of zero', 'read', `timestamp=${nowMs}&recvWindow=0`],
    ['microseconds', 'read', `timestamp=${nowMs}000&recvWindow=5000`],
  ])('%s', (_what, purpose, payload) => {
    expect(judge(purpose, payload)).toBe('vault.string_not_allowed');
  });

  it('a timestamp more than 3 seconds from the clock of the vault', () => {
    const at = (ms: number) => judge('read', `timestamp=${nowMs + ms}&recvWindow=5000`);
    expect([at(-3_000), at(3_000)]).toEqual([undefined, undefined]);
    expect([at(-3_001), at(3_001)]).toEqual(['vault.timestamp_out_of_window', 'vault.timestamp_out_of_window']);
  });

  it('a closing order that buys', () => {
    expect(judge('close', market.replace('quoteOrderQty=100', 'quantity=0.5'))).toBe('vault.string_not_allowed');
  });

  it('for another market', () => {
    expect(judge('open', market, { marketType: 'linear' })).toBe('vault.string_not_allowed');
    expect(judge('read', window, { exchange: 'bybit' })).toBe('vault.string_not_allowed');
  });
});

describe('an order', () => {
  it('is signed for the trade that it belongs to, and for no other', () => {
    const other = { ...trade, signalId: '0199d3a0-7c00-7000-8000-000000000002' as SignalId };
    const bare: SignItem = { ...item('read', market), purpose: 'open' };
    expect(refusalOfString(bare, nowMs)).toBe('vault.trade_mismatch');
    expect(judge('open', market, { trade: other })).toBe('vault.trade_mismatch');
    expect(judge('open', market, { trade: { ...trade, actionIndex: 1 } })).toBe('vault.trade_mismatch');
    expect(judge('open', market, { trade: { ...trade, leg: 'e1' } })).toBe('vault.trade_mismatch');
    expect(judge('open', market, { userId: 'user-2' as UserId })).toBe('vault.trade_mismatch');
    expect(judge('open', market, { environment: 'testnet' })).toBe('vault.trade_mismatch');
    expect(judge('open', market.replace('-e0', '-e1'))).toBe('vault.trade_mismatch');
  });

  it('gets at most five attempts', () => {
    expect(judge('open', market, { trade: { ...trade, attempt: 5 } })).toBeUndefined();
    expect(judge('open', market, { trade: { ...trade, attempt: 6 } })).toBe('vault.too_many_attempts');
  });
});

describe('any string', () => {
  it('with a parameter that no shape has is refused for every purpose', () => {
    const purposes = ['verify', 'open', 'close', 'read', 'cancel'] as const;
    const known = new Set([
      'symbol',
      'side',
      'type',
      'quantity',
      'quoteOrderQty',
      'newClientOrderId',
      'newOrderRespType',
      'orderId',
      'origClientOrderId',
      'limit',
      'omitZeroBalances',
      'timestamp',
      'recvWindow',
    ]);
    fc.assert(
      fc.property(fc.constantFrom(...purposes), fc.string({ minLength: 1 }), fc.string(), (purpose, name, value) => {
        fc.pre(!known.has(name));
        expect(judge(purpose, `${purpose === 'open' ? market : window}&${name}=${value}`)).toBe('vault.string_not_allowed');
      }),
    );
  });
});
