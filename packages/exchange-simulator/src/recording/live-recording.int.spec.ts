import { describe, expect, it } from 'vitest';
import { bareSocket } from '../testing/bare-socket.js';
import { hmac } from '../testing/signed-client.js';
import { follower, stage } from '../testing/stage.js';
import { replayRecording } from './replay.js';

describe('a live run over sockets', () => {
  it('repeats in memory byte by byte, timers and lost connections included', async () => {
    const lines: string[] = [];
    const venue = await stage({ seed: 5, record: (line) => lines.push(line) });
    const socket = await bareSocket(`${venue.urls.binance}/ws-api/v3`);
    const timestamp = Date.now();
    const signature = hmac(follower.secret, `apiKey=${follower.apiKey}&timestamp=${timestamp}`);
    socket.send({
      id: 1,
      method: 'userDataStream.subscribe.signature',
      params: { apiKey: follower.apiKey, timestamp, signature },
    });
    await socket.frame(({ id }) => id === 1);
    await venue.control.fault({ kind: 'delay', path: '/api/v3/order', params: { ms: 20 } });
    await venue.control.fault({ kind: 'accept-late', path: '/api/v3/order', params: { ms: 30 } });
    await venue.control.call('PUT', '/fault-plan', {
      share: 0.6,
      seed: 3,
      ms: { 'stall-body': [5, 20], delay: [5, 20], 'accept-late': [5, 20] },
    });
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.001' };
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        try {
          await venue.client.post(index % 2 === 0 ? '/api/v3/order' : '/fapi/v1/order', {
            ...order,
            newClientOrderId: `o${index}`,
          });
        } catch {
          // A connection that was lost on purpose.
        }
      }),
    );
    await venue.control.call('DELETE', '/streams?how=close');
    await venue.control.book();
    await venue.stop();
    expect(lines.length).toBeGreaterThan(100);
    expect(await replayRecording(lines)).toEqual({ equal: true, lines: lines.length });
  });
});
