import { randomUUID } from 'node:crypto';
import type { EventData, PublishingService } from '@latchkey/contracts';
import {
  createConsumer,
  createEventStore,
  createPool,
  createRelay,
  withTransaction,
  type Consumer,
  type Relay,
} from '@latchkey/event-store';
import { newId } from '@latchkey/kernel';
import { connectNats, provisionBroker, type Broker } from '@latchkey/messaging';
import {
  createEventSigner,
  createEventVerifier,
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  publicMessageJwk,
} from '@latchkey/sealing';
import { database, eventually, nats, type SpecDatabase, type SpecNats } from '@latchkey/testkit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accountOf,
  openItem,
  quiet,
  save,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

// The executor's log and the vault, over the shipped permissions.
let server: SpecNats;
let fixture: VaultFixture;
let executor: { readonly db: SpecDatabase; readonly pool: Pool; readonly relay: Relay; readonly broker: Broker };
let vaultBroker: Broker;
let verifyEvents: ReturnType<typeof createEventVerifier>;
const consumers: Consumer[] = [];
const closing: (() => Promise<unknown>)[] = [];
const errors: string[] = [];
const log = { ...quiet, error: (_facts: object, message: string) => void errors.push(message) };

const connect = async (identity: 'key-vault' | 'trade-executor' | 'provisioner'): Promise<Broker> => {
  const broker = await connectNats({ identity, url: server.url, seed: server.identities[identity].seed, log: quiet });
  closing.push(() => broker.close());
  await broker.connected();
  return broker;
};

const consume = (): Consumer => {
  const consumer = createConsumer({
    pool: fixture.pool,
    service: 'key-vault',
    durable: 'key-vault-halts',
    broker: vaultBroker,
    requestReplay: (_source, request) => executor.relay.replay(request),
    verify: verifyEvents,
    log,
    holder: randomUUID(),
    handler: fixture.vault.keepTradingRules,
    tickMs: 100,
    leaseMs: 900,
  });
  consumers.push(consumer);
  consumer.start();
  return consumer;
};

beforeAll(async () => {
  server = await nats({ own: true });
  const [made, db] = await Promise.all([vaultFixture(), database('trade-executor')]);
  fixture = made;
  const key = await generateMessageKeyJwk();
  const trusted = createTrustedKeys({ 'trade-executor': [publicMessageJwk(key)] });
  verifyEvents = createEventVerifier(trusted);
  const provisioned = await provisionBroker({ broker: await connect('provisioner'), log: quiet, watch: false });
  closing.push(() => provisioned.stop());
  const pool = createPool({ url: db.url, applicationName: 'executor-spec', log: quiet });
  const broker = await connect('trade-executor');
  const relay = createRelay({
    pool,
    service: 'trade-executor',
    broker,
    sign: createEventSigner(await loadMessageKey('trade-executor', key)),
    verify: verifyEvents,
    log,
    holder: randomUUID(),
    onImported: () => Promise.resolve(),
    pollMs: 10,
    tickMs: 100,
  });
  executor = { db, pool, relay, broker };
  relay.start();
  vaultBroker = await connect('key-vault');
  consume();
});
afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await executor.relay.stop();
  for (const close of closing.toReversed()) await close();
  await executor.pool.end();
  await Promise.all([executor.db.drop(), fixture.close(), server.remove()]);
});

const store = createEventStore({ service: 'trade-executor' });
const reason = 'lost sight';
/** As the executor appends it: halts and resumes of one user share a stream. */
const says = async (type: 'TradingHalted' | 'TradingResumed', data: EventData<'TradingHalted'>): Promise<void> => {
  const streamId = data.scope === 'user' ? `halt-user-${data.userId}` : `halt-${data.scope}`;
  const expectedVersion = await store.version(executor.pool, streamId);
  const metadata = { actor: 'user:spec', correlationId: newId() };
  await store.append(executor.pool, [{ streamId, expectedVersion, events: [{ type, v: 1, data }], metadata }]);
  executor.relay.wake();
};

let users = 0;
const readyAccount = async () => {
  const account = accountOf(`distant-${(users += 1)}`);
  await save(fixture, account);
  await verify(fixture, account);
  return account;
};
const opens = (account: Awaited<ReturnType<typeof readyAccount>>, code: string | undefined) =>
  eventually(
    async () => {
      const answer = await signOne(fixture, openItem(fixture, account));
      expect(answer?.ok === true ? undefined : answer?.code).toBe(code);
    },
    { timeoutMs: 20_000 },
  );

describe('what the executor halts', () => {
  it('is halted here soon after, and resumed', async () => {
    const account = await readyAccount();
    const { userId } = account;
    await says('TradingHalted', { scope: 'user', userId, reason });
    await opens(account, 'vault.trading_halted');
    await says('TradingResumed', { scope: 'user', userId, reason });
    await opens(account, undefined);
  });

  it('is not believed without its signature, though it comes over its own account', async () => {
    const account = await readyAccount();
    const source: PublishingService = 'trade-executor';
    const forged = {
      specversion: '1.0',
      id: newId(),
      source: `/latchkey/${source}`,
      type: 'TradingHalted',
      eventversion: 1,
      subject: `evt.${source}.risk.trading_halted`,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      streamid: `halt-user-${account.userId}`,
      streamversion: 1,
      correlationid: newId(),
      actor: 'user:spec',
      epoch: 1,
      logseq: 1_000,
      prev: 0,
      data: { scope: 'user', userId: account.userId, reason },
    };
    executor.broker.connection()?.publish(forged.subject, JSON.stringify(forged));
    await eventually(() => expect(errors).toContain('a message on an event subject is none of ours'), { timeoutMs: 20_000 });
    await opens(account, undefined);
    const rows = await fixture.tamper('select 1 from trading_halts where target = $1', [account.userId]);
    expect(rows).toEqual([]);
  });

  it('is known again to a database that was restored, or that JetStream believes to have it all', async () => {
    const [halted, resumed] = [await readyAccount(), await readyAccount()];
    await says('TradingHalted', { scope: 'user', userId: halted.userId, reason });
    await says('TradingHalted', { scope: 'user', userId: resumed.userId, reason });
    await says('TradingResumed', { scope: 'user', userId: resumed.userId, reason });
    await opens(halted, 'vault.trading_halted');
    await opens(resumed, undefined);
    await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    // As it was before the first of them: positions stand in the same database as what follows from them.
    for (const table of ['trading_halts', 'consumer_positions', 'consumer_subjects'])
      await fixture.tamper(`delete from ${table}`);
    await opens(halted, undefined);
    consume();
    await opens(halted, 'vault.trading_halted');
    await opens(resumed, undefined);
  });

  it('are on the record when they cannot be kept, in the transaction that parks them', async () => {
    const parked = { consumer: 'key-vault-halts', eventId: randomUUID(), subject: 's', deliveries: 5, code: 'unexpected' };
    await withTransaction(fixture.pool, (tx) => fixture.vault.onParked(tx, parked));
    const { rows } = await fixture.pool.query<{ data: object }>("select data from events where type = 'TradingRuleParked'");
    expect(rows.map(({ data }) => data)).toEqual([{ eventId: parked.eventId, deliveries: 5, code: 'unexpected' }]);
    expect(await fixture.vault.deadLetters()).toEqual({ consumers: [] });
  });
});
