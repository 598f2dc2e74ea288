import { describe, expect, it } from 'vitest';
import { bybitInMemory } from '../testing/bybit-in-memory.js';

const run = async (seed: number): Promise<readonly string[]> => {
  const venue = bybitInMemory({ seed });
  const answers = [
    await venue.spot({ orderLinkId: 'mine' }),
    await venue.spot({ orderType: 'Limit', price: '59000' }),
    await venue.linear({ qty: '0.1' }),
    await venue.linear({ side: 'Sell', reduceOnly: true }),
    await venue.spot({ qty: '1000' }),
  ];
  venue.clock.advance(1_000);
  venue.setPrice('BTCUSDT', '58000');
  answers.push(
    await venue.get('/v5/order/history', { category: 'spot' }),
    await venue.get('/v5/execution/list', { category: 'linear' }),
    await venue.get('/v5/position/list', { category: 'linear', settleCoin: 'USDT' }),
    await venue.get('/v5/account/wallet-balance', { accountType: 'UNIFIED' }),
  );
  return [...answers.map(({ text }) => text), JSON.stringify(venue.book())];
};

describe('a simulation of Bybit', () => {
  it('with the same seed and the same calls gives the same answers, byte by byte', async () => {
    expect(await run(7)).toEqual(await run(7));
  });

  it('with another seed gives other ids', async () => {
    expect((await run(7))[0]).not.toBe((await run(8))[0]);
  });
});
