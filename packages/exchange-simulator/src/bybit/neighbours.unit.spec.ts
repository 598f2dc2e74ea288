import { describe, expect, it } from 'vitest';
import { createBinance } from '../binance/binance-venue.js';
import { documentedLimits } from '../binance/ip-limits.js';
import { bybitInMemory, trader } from '../testing/bybit-in-memory.js';
import { hmac } from '../testing/signed-client.js';

const binanceKey = { apiKey: 'k'.repeat(64), apiSecret: 'f'.repeat(64) };

/** Both venues in one world, with an account on each and an order that waits for 59000 on each. */
const neighbours = async () => {
  const bybit = bybitInMemory();
  const { venue: binance } = createBinance(bybit.world, documentedLimits);
  bybit.openAccount({ exchange: 'binance', ...binanceKey });
  const query = (symbol: string): string => {
    const payload = `symbol=${symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=59000&newClientOrderId=same&timestamp=${bybit.clock.now()}`;
    return `${payload}&signature=${hmac(binanceKey.apiSecret, payload)}`;
  };
  const path = '/api/v3/order';
  const headers = { 'x-mbx-apikey': binanceKey.apiKey };
  await binance({ method: 'POST', path, query: query('BTCUSDT'), body: '', headers, ip: '127.0.0.1' });
  await bybit.spot({ orderType: 'Limit', price: '59000', orderLinkId: 'same' });
  await bybit.linear({ orderType: 'Limit', price: '59000', orderLinkId: 'same' });
  return bybit;
};

describe('two venues with one price', () => {
  it('each fill their own orders, once, and know nothing of the other', async () => {
    const bybit = await neighbours();
    expect(bybit.book()).toMatchObject([{ exchange: 'binance' }, { exchange: 'bybit' }, { exchange: 'bybit', market: 'linear' }]);
    bybit.setPrice('BTCUSDT', '58000');
    for (const { status, fills } of bybit.world.book.all()) expect([status, fills.length]).toEqual(['filled', 1]);
    const wallet = (apiKey: string) => Object.fromEntries(bybit.world.accounts.find(apiKey)?.wallets.spot.entries() ?? []);
    expect(wallet(binanceKey.apiKey)).toMatchObject({ USDT: { free: '99410', locked: '0' }, BTC: { free: '0.00999' } });
    expect(wallet(trader.apiKey)).toMatchObject({ BTC: { free: '1.00999' } });
    expect(await bybit.listOf('/v5/order/history', { category: 'spot' })).toHaveLength(1);
  });

  it('do not find each other by a fault that names its venue', async () => {
    const bybit = await neighbours();
    bybit.fault({ kind: 'drop', exchange: 'binance' });
    expect(await bybit.spot({})).toMatchObject({ retCode: 0 });
  });
});
