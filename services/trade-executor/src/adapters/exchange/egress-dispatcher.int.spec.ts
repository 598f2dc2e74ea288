import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { newOrder, simulatedVenue } from './binance/testing/simulated-venue.js';
import { heldProxy } from './testing/held-proxy.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

/** Passes bytes on, and remembers from where they came. */
const gate = async (target: string) => {
  const from: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    from.push(socket.remoteAddress);
    const onward = connect(Number(new URL(target).port), '127.0.0.1');
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on('error', () => one.destroy()).on('close', () => sockets.delete(one));
    }
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return { from, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

const local = [
  { address: '203.0.113.7', local: '127.0.0.2' },
  { address: '203.0.113.8', local: '127.0.0.3' },
] as const;

describe('a request', () => {
  it('leaves from the address of this machine that belongs to its permit, and its connections are nobody else’s', async () => {
    let gated: Awaited<ReturnType<typeof gate>> | undefined;
    const venue = await simulatedVenue({
      routes: local,
      through: async (url) => {
        gated = await gate(url);
        return gated.url;
      },
    });
    open.push(venue.close);
    const account = await venue.openAccount({ ipRestricted: false });
    const before = gated?.from.length ?? 0;
    for (const { address } of [local[1], local[0], local[1]])
      expect(await venue.exchange.lookup(newOrder(), venue.callBy(account, { address }))).toMatchObject({ outcome: 'absent' });
    expect(gated?.from.slice(before)).toEqual(['127.0.0.3', '127.0.0.2']);
  });

  it('leaves through the proxy that belongs to its permit, in a tunnel that the proxy cannot read', async () => {
    const proxy = await heldProxy();
    open.push(proxy.close);
    const routes = [local[0], { address: '203.0.113.9', proxy: proxy.url }];
    const venue = await simulatedVenue({ routes });
    open.push(venue.close);
    const account = await venue.openAccount({ ipRestricted: false });
    const ask = (address: string) => venue.exchange.lookup(newOrder(), venue.callBy(account, { address }));
    const before = proxy.tunnels.length;
    await ask('203.0.113.7');
    expect(proxy.tunnels.length).toBe(before);
    expect(await ask('203.0.113.9')).toMatchObject({ outcome: 'absent' });
    expect(proxy.tunnels.slice(before)).toMatchObject([{ target: new URL(venue.simulator.urls.binance).host }]);
  });

  it('does not leave by another way when its own is not one of ours', async () => {
    const venue = await simulatedVenue({ routes: local });
    open.push(venue.close);
    const account = await venue.openAccount({ ipRestricted: false });
    const answer = await venue.exchange.submit(newOrder(), venue.callBy(account, { address: '203.0.113.99' }));
    expect(answer).toMatchObject({ outcome: 'not_sent' });
    expect(await venue.book()).toEqual([]);
  });
});
