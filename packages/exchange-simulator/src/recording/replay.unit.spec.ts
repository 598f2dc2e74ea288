import fc from 'fast-check';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../core/clock.js';
import type { RawRequest } from '../core/raw-http.js';
import { hmac } from '../testing/signed-client.js';
import { openedSocket, type PlayedSocket } from '../testing/socket-in-memory.js';
import { encoded } from '../testing/venue-in-memory.js';
import { recordedSimulation } from './recorded-simulation.js';
import { replayRecording } from './replay.js';

const startMs = 1_790_000_000_000;
const user = { apiKey: 'k'.repeat(64), secret: 'f'.repeat(64) };
const trader = { apiKey: 'abcdefghijklmnopqr', secret: 'Z'.repeat(36) };

type Step =
  | { readonly act: 'spot' | 'linear' | 'bybit'; readonly side: 'BUY' | 'SELL'; readonly lots: number; readonly name: number }
  | { readonly act: 'stop'; readonly price: number; readonly name: number }
  | { readonly act: 'price'; readonly price: number }
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'look'; readonly name: number };

const name = fc.integer({ min: 0, max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    act: fc.constantFrom('spot' as const, 'linear' as const, 'bybit' as const),
    side: fc.constantFrom('BUY' as const, 'SELL' as const),
    lots: fc.integer({ min: 1, max: 20 }),
    name,
  }),
  fc.record({ act: fc.constant('stop' as const), price: fc.integer({ min: 55_000, max: 59_000 }), name }),
  fc.record({ act: fc.constant('price' as const), price: fc.integer({ min: 55_000, max: 65_000 }) }),
  fc.record({ act: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ act: fc.constant('look' as const), name }),
);

/** A run on a live clock: both venues, private streams, conditional orders, and faults drawn for every other order. */
const play = async (seed: number, steps: readonly Step[], share = 0.5): Promise<readonly string[]> => {
  const clock = manualClock(startMs);
  const lines: string[] = [];
  const simulation = recordedSimulation({ clock, seed }, (line) => lines.push(line));
  // By single milliseconds, as timers of a machine fire: what one sets free runs before the next.
  const wait = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 1) {
      clock.advance(1);
      await setImmediate();
    }
  };
  const from = { query: '', body: '', headers: {}, ip: '127.0.0.1' };
  const control = (method: string, path: string, body: object) =>
    simulation.request.control({ ...from, method, path, body: JSON.stringify(body) });
  const send = (part: 'binance' | 'bybit', raw: Partial<RawRequest>): void =>
    void simulation.request[part]({ ...from, method: 'GET', path: '/', ...raw });
  const binance = (method: string, path: string, values: Readonly<Record<string, string | number>>): void => {
    const payload = encoded({ timestamp: clock.now(), ...values });
    send('binance', {
      method,
      path,
      query: `${payload}&signature=${hmac(user.secret, payload)}`,
      headers: { 'x-mbx-apikey': user.apiKey },
    });
  };
  const bybit = (body: object): void => {
    const text = JSON.stringify(body);
    const stamp = String(clock.now());
    const headers = {
      'x-bapi-api-key': trader.apiKey,
      'x-bapi-timestamp': stamp,
      'x-bapi-recv-window': '5000',
      'x-bapi-sign': hmac(trader.secret, `${stamp}${trader.apiKey}5000${text}`),
    };
    send('bybit', { method: 'POST', path: '/v5/order/create', body: text, headers });
  };

  await control('POST', '/accounts', {
    exchange: 'binance',
    apiKey: user.apiKey,
    apiSecret: user.secret,
    balances: { USDT: '100000', BTC: '5' },
  });
  await control('POST', '/accounts', { exchange: 'bybit', apiKey: trader.apiKey, apiSecret: trader.secret });
  await control('PUT', '/fault-plan', { seed, share });
  const spot: PlayedSocket = await openedSocket(simulation.open.binance, '/ws-api/v3');
  const stamp = clock.now();
  const signature = hmac(user.secret, `apiKey=${user.apiKey}&timestamp=${stamp}`);
  spot.send({
    id: 1,
    method: 'userDataStream.subscribe.signature',
    params: { apiKey: user.apiKey, timestamp: stamp, signature },
  });
  const answer = await simulation.request.binance({
    ...from,
    method: 'POST',
    path: '/fapi/v1/listenKey',
    headers: { 'x-mbx-apikey': user.apiKey },
  });
  const { listenKey } = JSON.parse(answer.kind === 'cut' ? '{}' : answer.body) as { listenKey?: string };
  const usdm = await openedSocket(simulation.open.binance, `/private/ws?listenKey=${listenKey ?? ''}`);
  const private5 = await openedSocket(simulation.open.bybit, '/v5/private');
  private5.send({ op: 'auth', args: [trader.apiKey, stamp + 9_000, hmac(trader.secret, `GET/realtime${stamp + 9_000}`)] });
  private5.send({ op: 'subscribe', args: ['order', 'execution', 'wallet', 'position'] });

  for (const one of steps) {
    const id = 'name' in one ? `o${one.name}` : '';
    const symbol = 'BTCUSDT';
    if (one.act === 'wait') await wait(one.ms);
    else if (one.act === 'price') await control('PUT', `/markets/${symbol}`, { price: String(one.price) });
    else if (one.act === 'look') binance('GET', '/api/v3/order', { symbol, origClientOrderId: id });
    else if (one.act === 'stop')
      binance('POST', '/fapi/v1/algoOrder', {
        algoType: 'CONDITIONAL',
        symbol,
        side: 'SELL',
        type: 'STOP_MARKET',
        quantity: '0.01',
        triggerPrice: one.price,
        clientAlgoId: id,
      });
    else if (one.act === 'bybit')
      bybit({
        category: 'linear',
        symbol,
        side: one.side === 'BUY' ? 'Buy' : 'Sell',
        orderType: 'Market',
        qty: (one.lots / 1_000).toFixed(3),
        orderLinkId: id,
      });
    else
      binance('POST', one.act === 'spot' ? '/api/v3/order' : '/fapi/v1/order', {
        symbol,
        side: one.side,
        type: 'MARKET',
        quantity: (one.lots / 1_000).toFixed(3),
        newClientOrderId: id,
      });
    await setImmediate();
  }
  await wait(7_000);
  for (const socket of [spot, usdm, private5]) socket.leave();
  await control('GET', '/orders', {});
  simulation.end();
  return lines;
};

const some: readonly Step[] = [
  { act: 'spot', side: 'BUY', lots: 3, name: 1 },
  { act: 'linear', side: 'SELL', lots: 5, name: 2 },
  { act: 'stop', price: 58_000, name: 3 },
  { act: 'bybit', side: 'BUY', lots: 7, name: 4 },
  { act: 'price', price: 57_000 },
];

describe('a recording', () => {
  it('repeats byte by byte in a fresh simulation: answers, ids, books, frames and what faults did', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(step, { maxLength: 30 }), async (seed, steps) => {
        const lines = await play(seed, steps);
        expect(await replayRecording(lines)).toEqual({ equal: true, lines: lines.length });
      }),
      { numRuns: Number(process.env['SIMULATOR_REPLAY_RUNS'] ?? 20) },
    );
  });

  it('is the same for the same seed and steps, and another for another seed', async () => {
    expect(await play(7, some)).toEqual(await play(7, some));
    expect(await play(8, some)).not.toEqual(await play(7, some));
  });

  it('holds what went out on every kind of connection', async () => {
    const text = (await play(7, some, 0)).join('\n');
    for (const told of ['executionReport', 'ORDER_TRADE_UPDATE', 'ALGO_UPDATE', 'execution', '"reply":{"kind":"answer"'])
      expect(text).toContain(told);
  });

  it('that was changed is found, by the first line that differs', async () => {
    const lines = [...(await play(7, some, 0))];
    const at = lines.findIndex((line) => line.includes('FILLED'));
    lines[at] = (lines[at] ?? '').replace('FILLED', 'KILLED');
    expect(await replayRecording(lines)).toMatchObject({ equal: false, line: at + 1 });
  });

  it('with another seed in its head does not repeat', async () => {
    const [head = '', ...rest] = await play(7, some);
    expect(await replayRecording([head.replace('"seed":7', '"seed":8'), ...rest])).toMatchObject({ equal: false });
  });

  it('is refused when it is none', async () => {
    await expect(replayRecording(['{}'])).rejects.toThrow(/not the head of a recording/);
    await expect(replayRecording([])).rejects.toThrow(/not the head of a recording/);
  });
});
