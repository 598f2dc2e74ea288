import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { inboxPrefixOf, natsIdentities } from '@latchkey/contracts';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { describe, expect, it, vi } from 'vitest';
import { eventually, nats, natsIdentity, type SpecNats } from './index.js';

const openConnection = (server: SpecNats) => connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
const manager = (nc: NatsConnection) => jetstreamManager(nc, { timeout: 500 });
const messages = (nc: NatsConnection) => eventually(async () => (await (await manager(nc)).streams.info('S')).state.messages);

describe('nats, open', () => {
  it('keeps its streams through a restart and a kill, loses them with its store, and gets a copy back', async () => {
    const server = await nats({ open: true, own: true });
    const nc = await openConnection(server);
    await (await manager(nc)).streams.add({ name: 'S', subjects: ['s.>'] });
    await jetstream(nc).publish('s.1', 'x');
    await server.restart();
    expect(await messages(nc)).toBe(1);

    await server.stop();
    const copy = await server.copyStore();
    await server.start();
    expect(await messages(nc)).toBe(1);
    await eventually(() => jetstream(nc, { timeout: 500 }).publish('s.2', 'y'));
    await server.kill();
    await server.start();
    expect(await messages(nc)).toBe(2);

    await server.kill();
    await server.wipeStore();
    await server.start();
    await eventually(() => expect(manager(nc).then((jsm) => jsm.streams.info('S'))).rejects.toMatchObject({ code: 10059 }));

    await server.stop();
    await server.restoreStore(copy);
    await server.start();
    expect(await messages(nc)).toBe(1);
    await nc.close();
    await server.remove();
  });

  it('answers nothing while it is frozen', async () => {
    const server = await nats({ open: true, own: true });
    const nc = await openConnection(server);
    await server.freeze();
    await expect(nc.request('nobody.there', '', { timeout: 200 })).rejects.toThrow(/timeout/i);
    await server.thaw();
    await eventually(() => expect(nc.request('nobody.there', '', { timeout: 500 })).rejects.toThrow(/no responders/i));
    await server.freeze();
    await nc.close();
    await server.remove();
  });

  it('uses the server of NATS_URL when there is one, and does not pretend to control it', async () => {
    vi.stubEnv('NATS_URL', 'nats://broker.example:4222');
    const given = await nats({ open: true });
    expect(given.url).toBe('nats://broker.example:4222');
    await expect(given.kill()).rejects.toMatchObject({ code: 'testkit.server_not_ours' });
    await given.remove();
  });
});

describe('nats, as shipped', () => {
  const as = (server: SpecNats, seed: string, inboxPrefix?: string) =>
    connect({
      servers: server.url,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
      reconnect: false,
      ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    });

  it('lets in every identity of contracts and nobody else, each with its own permissions', async () => {
    const server = await nats();
    expect(Object.keys(server.identities).sort()).toEqual([...natsIdentities].sort());
    for (const name of natsIdentities) {
      const nc = await as(server, server.identities[name].seed, inboxPrefixOf(name));
      await nc.close();
    }
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i);
    await expect(as(server, natsIdentity().seed)).rejects.toThrow(/authorization/i);

    const gateway = await as(server, server.identities.gateway.seed, inboxPrefixOf('gateway'));
    const refused = new Promise<string>((resolve) => {
      void (async () => {
        for await (const status of gateway.status()) if (status.type === 'error') resolve(status.error.message);
      })();
    });
    gateway.publish('evt.key-vault.forged');
    expect(await refused).toContain('Permissions Violation');
    await gateway.close();
    await server.remove();
  });

  it('takes another folder, whose names get keys too', async () => {
    const infraDir = await mkdtemp(join(tmpdir(), 'latchkey-nats-infra-'));
    await writeFile(
      join(infraDir, 'nats-server.conf'),
      'jetstream {}\nauthorization { users: [{ nkey: $LATCHKEY_NKEY_SOMEBODY_ELSE }] }',
    );
    const server = await nats({ infraDir });
    const identities: Readonly<Record<string, { readonly seed: string }>> = server.identities;
    await (await as(server, identities['somebody-else']?.seed ?? '')).close();
    await expect(as(server, server.identities.gateway.seed)).rejects.toThrow(/authorization/i);
    await server.remove();
    await rm(infraDir, { recursive: true });
  });
});
