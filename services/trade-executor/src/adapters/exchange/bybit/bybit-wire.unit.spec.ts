import { decimal, systemClock } from '@latchkey/kernel';
import type { bybit } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { pausesOnly } from '../../../app/rate-limits/pauses-only.js';
import type { OrderDraft } from '../../../domain/trade/commands.js';
import { createSignedRequests } from '../signed-requests.js';
import type { SignedCall } from '../../../app/ports/exchange.js';
import { createBybitMarket } from './bybit-market.js';
import { createBybitClient } from './bybit-transport.js';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const options = { environment: 'live', clock: systemClock, log, recvWindow: 5_000, timeoutMs: 1_000 } as const;
const timestamp = 1_790_000_000_000;
const clock = { now: () => timestamp, resync: () => undefined };
const book = { rules: () => undefined, price: () => Promise.resolve(undefined) };

const venue = async () => {
  const signed = await createBybitClient(options, true);
  const requests = createSignedRequests({
    host: 'bybit',
    ...options,
    venueNow: clock.now,
    permits: pausesOnly({ ...options, addresses: ['spec'] }),
  });
  const marketOf = (category: 'spot' | 'linear') =>
    createBybitMarket({ environment: 'live', category, signed, clock, requests, book });
  return { signed, requests, spot: marketOf('spot'), linear: marketOf('linear') };
};

/** Nobody signs: what would be signed is noted, and nothing leaves this process. */
const noting = () => {
  const payloads: string[] = [];
  const call: SignedCall = {
    timestamp,
    recvWindow: 5_000,
    authorize: (payload) => {
      payloads.push(payload);
      return Promise.resolve(undefined);
    },
  };
  return { payloads, call };
};

const draft = (over: Partial<OrderDraft>): OrderDraft => ({ clientOrderId: 'c-e0', symbol: 'BTCUSDT', side: 'buy', ...over });
const head = '1790000000000{apiKey}5000';

describe('the string that the vault is asked to sign', () => {
  it.each<[string, 'spot' | 'linear', Partial<OrderDraft>, string]>([
    [
      'a spot order in base units',
      'spot',
      { amount: decimal('0.00017') },
      '{"symbol":"BTCUSDT","side":"Buy","orderType":"Market","category":"spot","qty":"0.00017","orderLinkId":"c-e0","marketUnit":"baseCoin"}',
    ],
    [
      'a spot order in quote units',
      'spot',
      { quoteAmount: decimal('120.5'), side: 'sell' },
      '{"symbol":"BTCUSDT","side":"Sell","orderType":"Market","category":"spot","qty":"120.5","orderLinkId":"c-e0","marketUnit":"quoteCoin"}',
    ],
    [
      'a linear order',
      'linear',
      { amount: decimal('0.001') },
      '{"symbol":"BTCUSDT","side":"Buy","orderType":"Market","category":"linear","qty":"0.001","orderLinkId":"c-e0"}',
    ],
    [
      'a linear order that opens a long position',
      'linear',
      { amount: decimal('0.001'), positionSide: 'long' },
      '{"symbol":"BTCUSDT","side":"Buy","orderType":"Market","category":"linear","qty":"0.001","orderLinkId":"c-e0","positionIdx":1}',
    ],
    [
      'a linear order that opens a short position',
      'linear',
      { amount: decimal('0.001'), side: 'sell', positionSide: 'short' },
      '{"symbol":"BTCUSDT","side":"Sell","orderType":"Market","category":"linear","qty":"0.001","orderLinkId":"c-e0","positionIdx":2}',
    ],
  ])('%s', async (_what, market, over, body) => {
    const { payloads, call } = noting();
    const answer = await (await venue())[market].submit(draft(over), call);
    expect(payloads).toEqual([head + body]);
    expect(answer).toMatchObject({ outcome: 'not_sent', reason: 'order.withheld' });
  });

  it.each<[string, (exchange: Awaited<ReturnType<typeof venue>>['linear'], call: SignedCall) => Promise<unknown>, string]>([
    [
      'a look-up',
      (exchange, call) => exchange.lookup({ symbol: 'BTCUSDT', clientOrderId: 'c-e0' }, call),
      'category=linear&symbol=BTCUSDT&orderLinkId=c-e0',
    ],
    [
      'the executions of an order',
      (exchange, call) => exchange.fills({ symbol: 'BTCUSDT', orderId: 'o-1' }, call),
      'category=linear&symbol=BTCUSDT&orderId=o-1&limit=100',
    ],
    ['the question about a key', (exchange, call) => exchange.verifyKey(call), ''],
  ])('%s', async (_what, ask, query) => {
    const { payloads, call } = noting();
    await ask((await venue()).linear, call);
    expect(payloads).toEqual([head + query]);
  });

  it.each<[string, (signed: bybit) => Promise<unknown>]>([
    ['a body within a body', (signed) => signed.privatePostV5OrderCreate({ symbol: 'BTCUSDT', more: { qty: '1' } })],
    ['a number that is no integer', (signed) => signed.privatePostV5OrderCreate({ symbol: 'BTCUSDT', qty: 0.1 })],
    ['a list', (signed) => signed.privatePostV5OrderCreate({ symbol: 'BTCUSDT', qty: ['1'] })],
    ['nothing at all', (signed) => signed.privatePostV5OrderCreate({ symbol: null })],
  ])('is none for %s: nobody is asked, nothing leaves', async (_what, send) => {
    const { signed, requests } = await venue();
    const { payloads, call } = noting();
    const answer = await requests.run(
      call,
      'order.query',
      () => send(signed),
      (body) => body,
    );
    expect(payloads).toEqual([]);
    expect(answer).toMatchObject({ ok: false, failure: { sent: false } });
  });
});

describe('the shared client', () => {
  it("keeps no account's state, and none of the last request", async () => {
    const { signed, linear, spot } = await venue();
    const before = JSON.stringify(signed.options);
    const { call } = noting();
    await linear.submit(draft({ amount: decimal('1'), positionSide: 'long' }), call);
    await spot.lookup({ symbol: 'BTCUSDT', clientOrderId: 'c-e0' }, call);
    expect(JSON.stringify(signed.options)).toBe(before);
    expect([signed.last_request_headers, signed.last_request_body, signed.last_request_url]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('signs nothing outside a call', async () => {
    const { signed } = await venue();
    await expect(signed.privateGetV5UserQueryApi()).rejects.toMatchObject({ code: 'exchange.no_call' });
  });
});
