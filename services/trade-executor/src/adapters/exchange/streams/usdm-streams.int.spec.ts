import { randomBytes } from 'node:crypto';
import { startSimulator } from '@latchkey/exchange-simulator';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ListenKeys } from '../../../app/ports/exchange.js';
import { controlOf } from '../testing/simulator-control.js';
import { systemRoute } from '../egress-route.js';
import { createUsdmStreams } from './usdm-streams.js';

/** The venue's own answers, without the client in between. */
const listenKeysAt = (url: string) => {
  const obtained: string[] = [];
  const ask = (method: string, apiKey: string) =>
    fetch(`${url}/fapi/v1/listenKey`, { method, headers: { 'X-MBX-APIKEY': apiKey, host: 'fapi.binance.com' } });
  const keys: ListenKeys = {
    obtain: async (apiKey) => {
      const { listenKey } = (await (await ask('POST', apiKey)).json()) as { listenKey: string };
      obtained.push(listenKey);
      return listenKey;
    },
    renew: async (apiKey) => (await ask('PUT', apiKey)).status === 200,
  };
  return { ...keys, obtained, end: async (apiKey: string) => void (await ask('DELETE', apiKey)) };
};

describe('the stream of a futures account', () => {
  let simulator: Awaited<ReturnType<typeof startSimulator>>;
  const apiKey = randomBytes(32).toString('hex');
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  beforeAll(async () => {
    simulator = await startSimulator();
    await controlOf(simulator)('POST', '/accounts', { exchange: 'binance', apiKey, apiSecret: randomBytes(32).toString('hex') });
  });
  afterAll(() => simulator?.stop());

  it('is opened again by another listenKey when its own is gone, tells that something may be missing, and names none in the log', async () => {
    const listenKeys = listenKeysAt(simulator.urls.binance);
    const streams = createUsdmStreams({
      url: `${simulator.urls.binance.replace(/^http/, 'ws')}/private/ws`,
      host: 'fstream.binance.com',
      listenKeys,
      routeOf: () => systemRoute,
      keyOf: () => apiKey,
      random: () => 0,
      log: { info: write, warn: write, error: write },
      renewEveryMs: 100,
    });
    const following = streams.follow('u', 'mine');
    try {
      await following?.arrived();
      expect(following?.take()).toBe('look');
      await listenKeys.end(apiKey); // as if its hour was over: the socket stays open and says nothing
      await eventually(() => expect(listenKeys.obtained).toHaveLength(2));
      expect(new Set(listenKeys.obtained).size).toBe(2);
      await following?.arrived();
      expect(following?.take()).toBe('look');
      for (const key of listenKeys.obtained) expect(JSON.stringify(lines)).not.toContain(key);
      expect(lines.length).toBeGreaterThan(0);
    } finally {
      following?.close();
      streams.stop();
    }
  });

  it('is ended without ending its listenKey, which another stream of the account may have by then', async () => {
    const listenKeys = listenKeysAt(simulator.urls.binance);
    const ended = vi.fn(listenKeys.end);
    const open = () =>
      createUsdmStreams({
        url: `${simulator.urls.binance.replace(/^http/, 'ws')}/private/ws`,
        host: 'fstream.binance.com',
        listenKeys: { ...listenKeys, end: ended } as ListenKeys,
        routeOf: () => systemRoute,
        keyOf: () => apiKey,
        random: () => 0,
        log: { info: write, warn: write, error: write },
      });
    const [here, elsewhere] = [open(), open()];
    const followings = [here.follow('u', 'one'), elsewhere.follow('u', 'two')];
    try {
      for (const following of followings) await following?.arrived();
      expect(new Set(listenKeys.obtained).size).toBe(1); // the venue has one for each account
      here.stop();
      expect(ended).not.toHaveBeenCalled();
      expect(await listenKeys.renew(apiKey)).toBe(true);
    } finally {
      for (const following of followings) following?.close();
      here.stop();
      elsewhere.stop();
    }
  });
});
