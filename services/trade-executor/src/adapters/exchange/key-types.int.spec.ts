import { decimal } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange, SignedCall } from '../../app/ports/exchange.js';
import { openBinanceUsdm } from './binance/binance-usdm.js';
import { newOrder, simulatedVenue, type SimulatedVenue } from './binance/testing/simulated-venue.js';
import { simulatedBybit, type SimulatedBybit } from './bybit/testing/simulated-bybit.js';
import { heldKey, type HeldKey } from './testing/key-pairs.js';
import { tapWire } from './testing/wire-tap.js';

let tap: Awaited<ReturnType<typeof tapWire>>;
let binance: SimulatedVenue;
let usdm: Exchange;
let bybit: SimulatedBybit;
beforeAll(async () => {
  binance = await simulatedVenue({
    through: async (url) => {
      tap = await tapWire(url);
      return tap.url;
    },
  });
  usdm = await binance.openMarket(openBinanceUsdm);
  bybit = await simulatedBybit();
});
afterAll(async () => {
  await bybit.close();
  await binance.close();
  await tap.close();
});

const marketOf = (venue: 'binance' | 'bybit', marketType: 'spot' | 'linear'): Exchange => {
  if (venue === 'bybit') return bybit[marketType];
  return marketType === 'spot' ? binance.exchange : usdm;
};
const controlOf = (venue: 'binance' | 'bybit') => (venue === 'bybit' ? bybit.control : binance.control);

const opened = async (venue: 'binance' | 'bybit', keyType: 'hmac' | 'ed25519' | 'rsa'): Promise<HeldKey> => {
  const key = heldKey(venue, keyType);
  await controlOf(venue)('POST', '/accounts', { ...key.registered, balances: { USDT: '100000' } });
  return key;
};

describe.each([
  ['binance', 'spot', 'hmac'],
  ['binance', 'spot', 'ed25519'],
  ['binance', 'spot', 'rsa'],
  ['binance', 'linear', 'hmac'],
  ['binance', 'linear', 'ed25519'],
  ['binance', 'linear', 'rsa'],
  ['bybit', 'spot', 'hmac'],
  ['bybit', 'spot', 'rsa'],
  ['bybit', 'linear', 'hmac'],
  ['bybit', 'linear', 'rsa'],
] as const)('at %s, on %s, with a key of type %s', (venue, marketType, keyType) => {
  const { quoteAmount: _inCoins, ...draft } = newOrder({ amount: decimal('0.002') });
  let exchange: Exchange;
  let key: HeldKey;
  beforeAll(async () => {
    exchange = marketOf(venue, marketType);
    key = await opened(venue, keyType);
  });
  const call = (): SignedCall => ({
    timestamp: exchange.clock.now() ?? Number.NaN,
    recvWindow: 5_000,
    authorize: key.authorize,
  });

  it('an order is placed, found, and its fills are told', async () => {
    expect(await exchange.submit(draft, call())).toMatchObject({ outcome: 'placed' });
    const found = await exchange.lookup(draft, call());
    expect(found).toMatchObject({ outcome: 'found', order: { filled: '0.002' } });
    const orderId = found.outcome === 'found' ? found.order.orderId : '';
    expect(await exchange.fills({ symbol: draft.symbol, orderId }, call())).toMatchObject([{ orderId, amount: '0.002' }]);
  });

  it('the key is verified', async () => {
    expect(await marketOf(venue, 'spot').verifyKey(call())).toMatchObject({
      outcome: 'reported',
      permissions: { canRead: true, canTrade: true, canWithdraw: false },
    });
  });

  it('the signature stands where the venue reads it: percent-encoded in a query or a body, plain in a header', () => {
    const seen = (venue === 'bybit' ? bybit.seen : tap.seen).filter(({ headers }) =>
      [headers['x-mbx-apikey'], headers['x-bapi-api-key']].includes(key.apiKey),
    );
    expect(seen.length).toBeGreaterThanOrEqual(4);
    const form = keyType === 'hmac' ? /^[0-9a-f]{64}$/ : /^[A-Za-z0-9+/]+={0,2}$/;
    for (const { query, body, headers } of seen) {
      const sent = /(?:^|&)signature=([^&]*)$/.exec(query || body)?.[1];
      if (venue === 'binance') expect(sent).toMatch(/^(?:[A-Za-z0-9]|%2B|%2F|%3D)+$/);
      expect(venue === 'binance' ? decodeURIComponent(sent ?? '') : headers['x-bapi-sign']).toMatch(form);
    }
  });

  it('a signature of another key is refused as one', async () => {
    const other = heldKey(venue, keyType);
    const foreign = async (payload: string) => {
      const signed = await other.authorize(payload);
      return signed && { ...signed, apiKey: key.apiKey };
    };
    const answer = await exchange.lookup(draft, { ...call(), authorize: foreign });
    expect(answer.outcome).not.toBe('found');
    expect(await marketOf(venue, 'spot').verifyKey({ ...call(), authorize: foreign })).toMatchObject({ outcome: 'refused' });
  });
});
