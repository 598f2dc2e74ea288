import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { database, eventually, nats, type SpecDatabase, type SpecNats } from './index.js';

describe('a spec file', () => {
  let db: SpecDatabase;
  let broker: SpecNats;
  beforeAll(async () => {
    [db, broker] = await Promise.all([
      database('gateway', { sql: 'CREATE TABLE notes (body text); GRANT SELECT, INSERT ON notes TO gateway' }),
      nats({ open: true }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([db.drop(), broker.remove()]);
  });

  it('has a database of its own, as its service', async () => {
    const client = new Client({ connectionString: db.url });
    await client.connect();
    await client.query("INSERT INTO notes VALUES ('x')");
    const { rows } = await client.query('SELECT body, current_user AS who FROM notes');
    await client.end();
    expect(rows).toEqual([{ body: 'x', who: 'gateway' }]);
  });

  it('has a broker of its own, whose streams survive a restart', async () => {
    const nc = await connect({ servers: broker.url, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
    await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s.>'] });
    await jetstream(nc).publish('s.1', 'x');
    await broker.restart();
    const seen = await eventually(
      async () => (await (await jetstreamManager(nc, { timeout: 500 })).streams.info('S')).state.messages,
    );
    await nc.close();
    expect(seen).toBe(1);
  });
});
