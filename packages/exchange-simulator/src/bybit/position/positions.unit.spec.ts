import { describe, expect, it } from 'vitest';
import { bybitInMemory } from '../../testing/bybit-in-memory.js';

type Venue = ReturnType<typeof bybitInMemory>;
const list = (venue: Venue, about: object) => venue.listOf('/v5/position/list', { category: 'linear', ...about });

describe('a position', () => {
  it('is listed by symbol also when flat, by settle coin only when it is held', async () => {
    const venue = bybitInMemory();
    expect(await list(venue, { symbol: 'BTCUSDT' })).toMatchObject([{ symbol: 'BTCUSDT', side: '', size: '0', positionIdx: 0 }]);
    expect(await list(venue, { settleCoin: 'USDT' })).toEqual([]);
    await venue.linear({ symbol: 'ETHUSDT', side: 'Sell', qty: '1' });
    expect(await list(venue, { settleCoin: 'USDT' })).toMatchObject([{ symbol: 'ETHUSDT', side: 'Sell', size: '1' }]);
    expect(await venue.get('/v5/position/list', { category: 'linear' })).toMatchObject({ retCode: 10001 });
  });

  it('earns and loses with the price, and shows what it has realised', async () => {
    const venue = bybitInMemory();
    await venue.linear({ qty: '0.02' });
    venue.setPrice('BTCUSDT', '61000');
    expect(await list(venue, { symbol: 'BTCUSDT' })).toMatchObject([
      { positionValue: '1200', unrealisedPnl: '20', markPrice: '61000', positionIM: '122', cumRealisedPnl: '0' },
    ]);
    await venue.linear({ side: 'Sell', qty: '0.01' });
    expect(await list(venue, { symbol: 'BTCUSDT' })).toMatchObject([{ size: '0.01', unrealisedPnl: '10', cumRealisedPnl: '10' }]);
  });
});

describe('the mark price', () => {
  it('values positions where a test sets it apart from the price, and trades nothing', async () => {
    const venue = bybitInMemory();
    await venue.linear({ qty: '0.1' });
    venue.setPrice('BTCUSDT', '60000', '59000');
    const marked = [{ markPrice: '59000', unrealisedPnl: '-100', positionMM: '29.5' }];
    expect(await list(venue, { symbol: 'BTCUSDT' })).toMatchObject(marked);
    expect(await venue.listOf('/v5/market/tickers', { category: 'linear', symbol: 'BTCUSDT' })).toMatchObject([
      { lastPrice: '60000', markPrice: '59000' },
    ]);
    const [wallet] = await venue.listOf('/v5/account/wallet-balance', { accountType: 'UNIFIED' });
    expect(wallet).toMatchObject({ totalPerpUPL: '-100', totalMaintenanceMargin: '29.5' });
  });
});

describe('set-leverage', () => {
  const set = (venue: Venue, buyLeverage: string, sellLeverage = buyLeverage) =>
    venue.post('/v5/position/set-leverage', { category: 'linear', symbol: 'BTCUSDT', buyLeverage, sellLeverage });

  it('changes what a position needs, and refuses the same value again', async () => {
    const venue = bybitInMemory();
    expect(await set(venue, '20')).toMatchObject({ retCode: 0, result: {} });
    expect(await set(venue, '20')).toMatchObject({ retCode: 110043, retMsg: 'leverage not modified' });
    await venue.linear({});
    expect(await list(venue, { symbol: 'BTCUSDT' })).toMatchObject([{ leverage: '20', positionIM: '30' }]);
    expect(await list(venue, { symbol: 'ETHUSDT' })).toMatchObject([{ leverage: '10' }]);
  });

  it.each([
    ['above what the market allows', '101', '101', 110013],
    ['one side apart from the other', '5', '6', 10001],
    ['below 1', '0.5', '0.5', 10001],
    ['no number', 'ten', 'ten', 10001],
  ])('refuses %s', async (_what, buy, sell, retCode) => {
    expect(await set(bybitInMemory(), buy, sell)).toMatchObject({ retCode });
  });
});

describe('switch-mode', () => {
  const change = (venue: Venue, about: object) => venue.post('/v5/position/switch-mode', { category: 'linear', ...about });

  it('switches one symbol, and refuses the mode that it has', async () => {
    const venue = bybitInMemory();
    expect(await change(venue, { symbol: 'BTCUSDT', mode: 0 })).toMatchObject({ retCode: 110025 });
    expect(await change(venue, { symbol: 'BTCUSDT', mode: 3 })).toMatchObject({ retCode: 0, result: {} });
    expect(await list(venue, { symbol: 'BTCUSDT' })).toMatchObject([{ positionIdx: 1 }, { positionIdx: 2 }]);
    expect(await list(venue, { symbol: 'ETHUSDT' })).toMatchObject([{ positionIdx: 0 }]);
    expect(await change(venue, { symbol: 'BTCUSDT', mode: 3 })).toMatchObject({ retCode: 110025 });
  });

  it('is blocked by a position and by an open order', async () => {
    const venue = bybitInMemory();
    await venue.linear({});
    expect(await change(venue, { symbol: 'BTCUSDT', mode: 3 })).toMatchObject({ retCode: 110024 });
    await venue.linear({ symbol: 'ETHUSDT', orderType: 'Limit', price: '2900', qty: '1' });
    expect(await change(venue, { symbol: 'ETHUSDT', mode: 3 })).toMatchObject({ retCode: 110028 });
  });

  it('for a coin switches the symbols that are free, and refuses only when none was', async () => {
    const venue = bybitInMemory();
    await venue.linear({});
    expect(await change(venue, { coin: 'USDT', mode: 3 })).toMatchObject({ retCode: 0 });
    expect(await list(venue, { symbol: 'ETHUSDT' })).toHaveLength(2);
    expect(await list(venue, { symbol: 'BTCUSDT' })).toHaveLength(1);
    expect(await change(venue, { coin: 'USDT', mode: 3 })).toMatchObject({ retCode: 110024 });
    await venue.linear({ side: 'Sell' });
    expect(await change(venue, { coin: 'USDT', mode: 3 })).toMatchObject({ retCode: 0 });
    expect(await change(venue, { coin: 'USDT', mode: 3 })).toMatchObject({ retCode: 110025 });
    expect(await change(venue, { coin: 'USDC', mode: 3 })).toMatchObject({ retCode: 10001 });
  });
});

describe('an account opened in hedge mode', () => {
  it('trades with 1 and 2 from the start', async () => {
    const venue = bybitInMemory();
    venue.openAccount({ apiKey: 'hedged', apiSecret: 's', positionMode: 'hedge', leverage: 5 });
    const as = { apiKey: 'hedged', secret: 's' };
    expect(await venue.order({ category: 'linear', qty: '0.01' }, as)).toMatchObject({ retCode: 10001 });
    expect(await venue.order({ category: 'linear', qty: '0.01', positionIdx: 1 }, as)).toMatchObject({ retCode: 0 });
  });
});
