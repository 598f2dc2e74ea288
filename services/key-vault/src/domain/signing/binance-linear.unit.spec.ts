import type { SignItem } from '@latchkey/contracts';
import type { UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { nowMs, strings } from '../../testing/strings-to-judge.js';

const { clientOrderId, judge, trade } = strings('binance', 'linear');
const window = `timestamp=${nowMs}&recvWindow=5000`;
const order = `timestamp=${nowMs}&symbol=BTCUSDT&side=BUY&newClientOrderId=${clientOrderId}&newOrderRespType=RESULT&type=MARKET&quantity=0.010&positionSide=BOTH&recvWindow=5000`;
const inHedge = (side: 'BUY' | 'SELL', position: string) =>
  order.replace('side=BUY', `side=${side}`).replace('=BOTH', `=${position}`);
const reducing = `${order.replace('side=BUY', 'side=SELL')}&reduceOnly=true`;

describe('strings for USDT-M futures that are signed', () => {
  it.each<[SignItem['purpose'], string]>([
    ['verify', window],
    ['open', order],
    ['open', order.replace('side=BUY', 'side=SELL')],
    ['open', order.replace('&newOrderRespType=RESULT', '')],
    ['open', inHedge('BUY', 'LONG')],
    ['open', inHedge('SELL', 'SHORT')],
    ['close', reducing],
    ['close', `${order}&reduceOnly=true`],
    ['close', inHedge('SELL', 'LONG')],
    ['close', inHedge('BUY', 'SHORT')],
    ['read', window],
    ['read', `symbol=BTCUSDT&origClientOrderId=${clientOrderId}&${window}`],
    ['read', `symbol=BTCUSDT&orderId=700001&${window}`],
    ['read', `symbol=BTCUSDT&orderId=700001&limit=1000&${window}`],
    ['cancel', `symbol=BTCUSDT&origClientOrderId=${clientOrderId}&${window}`],
    ['cancel', `symbol=BTCUSDT&orderId=700001&${window}`],
    ['configure', `timestamp=${nowMs}&symbol=BTCUSDT&leverage=1&recvWindow=5000`],
    ['configure', `symbol=BTCUSDT&leverage=125&${window}`],
  ])('%s: %s', (purpose, payload) => {
    expect(judge(purpose, payload)).toBeUndefined();
  });
});

describe('strings for USDT-M futures that are not', () => {
  it.each<[string, SignItem['purpose'], string]>([
    ['a leverage', 'open', `symbol=BTCUSDT&leverage=125&${window}`],
    ['a leverage as a look-up', 'read', `symbol=BTCUSDT&leverage=10&${window}`],
    ['a leverage of none', 'configure', `symbol=BTCUSDT&leverage=0&${window}`],
    ['a leverage that no venue lends', 'configure', `symbol=BTCUSDT&leverage=126&${window}`],
    ['a leverage with a part', 'configure', `symbol=BTCUSDT&leverage=10.5&${window}`],
    ['a leverage with a zero in front', 'configure', `symbol=BTCUSDT&leverage=010&${window}`],
    ['a leverage of no symbol', 'configure', `leverage=10&${window}`],
    ['a leverage and a margin mode', 'configure', `symbol=BTCUSDT&leverage=10&marginType=ISOLATED&${window}`],
    ['a margin mode as a setting', 'configure', `symbol=BTCUSDT&marginType=ISOLATED&${window}`],
    ['a position mode as a setting', 'configure', `dualSidePosition=true&${window}`],
    ['an order as a setting', 'configure', order],
    ['nothing but a symbol as a setting', 'configure', `symbol=BTCUSDT&${window}`],
    ['a leverage beside an order', 'open', `${order}&leverage=125`],
    ['a margin mode', 'open', `symbol=BTCUSDT&marginType=ISOLATED&${window}`],
    ['a position mode', 'read', `dualSidePosition=true&${window}`],
    ['more margin for a position', 'open', `symbol=BTCUSDT&amount=100&type=1&${window}`],
    ['assets as common margin', 'read', `multiAssetsMargin=true&${window}`],
    ['a countdown that cancels', 'cancel', `symbol=BTCUSDT&countdownTime=1000&${window}`],
    ['a batch', 'open', `batchOrders=x&${window}`],
    ['an algo order', 'open', `${order}&algoType=CONDITIONAL&triggerPrice=1`],
    ['a stop order', 'open', `${order.replace('MARKET', 'STOP_MARKET')}&stopPrice=1`],
    ['an order that closes everything', 'close', `${order}&closePosition=true`],
    ['a limit order', 'open', order.replace('type=MARKET', 'type=LIMIT&price=1&timeInForce=GTC')],
    ['an order by cost, which only spot has', 'open', order.replace('quantity=0.010', 'quoteOrderQty=100')],
    ['an answer of spot', 'open', order.replace('=RESULT', '=FULL')],
    ['all orders of a symbol (DELETE allOpenOrders takes it)', 'read', `symbol=BTCUSDT&${window}`],
    ['all orders of a symbol, to cancel', 'cancel', `symbol=BTCUSDT&${window}`],
    ['a transfer between wallets', 'read', `type=1&asset=USDT&amount=1&${window}`],
    ['a listen key', 'read', `listenKey=x&${window}`],
    ['a coin-margined contract', 'open', order.replace('BTCUSDT', 'BTCUSD_PERP')],
    ['a dated contract', 'open', order.replace('BTCUSDT', 'BTCUSDT_261225')],
    ['an option', 'open', order.replace('BTCUSDT', 'BTC-261225-90000-C')],
    ['a close that may enlarge', 'close', order],
    ['a close that says it is none', 'close', `${order}&reduceOnly=false`],
    ['an opening that only reduces', 'open', `${order}&reduceOnly=true`],
    ['a hedge close that enlarges the long', 'close', inHedge('BUY', 'LONG')],
    ['a hedge close that enlarges the short', 'close', inHedge('SELL', 'SHORT')],
    ['a hedge opening that reduces the long', 'open', inHedge('SELL', 'LONG')],
    ['a hedge opening that reduces the short', 'open', inHedge('BUY', 'SHORT')],
    ['a position side of neither mode', 'open', inHedge('BUY', 'LONGER')],
    ['an opening that names no position, which spot would take too', 'open', order.replace('&positionSide=BOTH', '')],
    ['a close that names no position', 'close', reducing.replace('&positionSide=BOTH', '')],
    ['both ways to close', 'close', `${inHedge('SELL', 'LONG')}&reduceOnly=true`],
    ['a hedge opening that only reduces', 'open', `${inHedge('BUY', 'LONG')}&reduceOnly=true`],
    ['no quantity', 'open', order.replace('&quantity=0.010', '')],
    ['a quantity of nothing', 'open', order.replace('0.010', '0.000')],
    ['an order as a look-up', 'read', order],
    ['a look-up as an order', 'open', `symbol=BTCUSDT&orderId=1&${window}`],
    ['a name twice', 'close', `${reducing}&reduceOnly=true`],
    ['a name of another case', 'close', `${order}&reduceonly=true`],
    ['an account read to verify with more in it', 'verify', `${window}&recvWindow=1`],
    ['a signature already', 'read', `${window}&signature=abc`],
    ['no window', 'read', `timestamp=${nowMs}`],
    ['too long a window', 'read', `timestamp=${nowMs}&recvWindow=60000`],
  ])('%s', (_what, purpose, payload) => {
    expect(judge(purpose, payload)).toBe('vault.string_not_allowed');
  });

  it('an order of another trade', () => {
    expect(judge('open', order, { userId: 'user-2' as UserId })).toBe('vault.trade_mismatch');
    expect(judge('close', reducing, { trade: { ...trade, leg: 'x0' } })).toBe('vault.trade_mismatch');
    expect(judge('open', order, { trade: { ...trade, attempt: 6 } })).toBe('vault.too_many_attempts');
  });

  it('a leverage for another trade, or for none', () => {
    const leverage = `symbol=BTCUSDT&leverage=10&${window}`;
    expect(judge('configure', leverage, { trade: undefined })).toBe('vault.trade_mismatch');
    expect(judge('configure', leverage, { userId: 'user-2' as UserId })).toBe('vault.trade_mismatch');
    expect(judge('configure', leverage, { trade: { ...trade, actionIndex: 1 } })).toBe('vault.trade_mismatch');
    expect(judge('configure', leverage, { trade: { ...trade, attempt: 6 } })).toBe('vault.too_many_attempts');
    expect(judge('configure', leverage, { marketType: 'spot' })).toBe('vault.string_not_allowed');
  });

  it('an order for spot', () => {
    expect(judge('open', order, { marketType: 'spot' })).toBe('vault.string_not_allowed');
  });
});
