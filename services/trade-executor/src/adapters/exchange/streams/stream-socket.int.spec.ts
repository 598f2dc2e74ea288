import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { heldProxy } from '../testing/held-proxy.js';
import type { EgressRoute } from '../egress-route.js';
import { openStreamSocket } from './stream-socket.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** A venue's end of streams, which tells each socket where it came from. */
const endOfStreams = async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket, { socket: { remoteAddress } }) => socket.send(remoteAddress ?? ''));
  await once(server, 'listening');
  open.push(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

/** What a socket hears first, or why it ended. */
const firstWord = (url: string, route: EgressRoute): Promise<string> =>
  new Promise((resolve) => {
    const socket = openStreamSocket({
      url,
      route,
      onOpen: () => undefined,
      onText: resolve,
      onEnd: (why) => resolve(`ended: ${why}`),
    });
    open.push(async () => socket.close());
  });

describe('a stream', () => {
  it('begins at the address of this machine that belongs to its way out', async () => {
    const url = await endOfStreams();
    expect(await firstWord(url, { address: '203.0.113.7', local: '127.0.0.3' })).toBe('127.0.0.3');
    expect(await firstWord(url, { address: 'system' })).toBe('127.0.0.1');
  });

  it('goes through the proxy of its way out', async () => {
    const [url, proxy] = [await endOfStreams(), await heldProxy()];
    open.push(proxy.close);
    expect(await firstWord(url, { address: '203.0.113.8', proxy: proxy.url })).toBe('127.0.0.1');
    expect(proxy.tunnels).toMatchObject([{ target: new URL(url).host }]);
  });

  it('leaves by no other way when the proxy makes no tunnel', async () => {
    const [url, proxy] = [await endOfStreams(), await heldProxy()];
    await proxy.close();
    expect(await firstWord(url, { address: '203.0.113.8', proxy: proxy.url })).toBe('ended: ECONNREFUSED');
  });
});
