import { randomBytes } from 'node:crypto';
import type { RpcRequestInput, SignItem } from '@latchkey/contracts';
import { createPool } from '@latchkey/event-store';
import { isAppError } from '@latchkey/kernel';
import type { RpcClient } from '@latchkey/messaging';
import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyring, keyIdOf } from './domain/encryption/keyring.js';
import { seedCredentials, type Seed } from './testing/seed-credentials.js';
import { serviceFixture, type ServiceFixture } from './testing/service-fixture.js';
import { askInSessions, askUntilAnswered, startLoad, type Asking } from './testing/signature-load.js';
import { askIn, openSession } from './testing/spec-session.js';
import { accountOf, contextOf, openItem, quiet, readItem } from './testing/vault-fixture.js';
import { startAnswering, startVaultProcess, type VaultProcess } from './testing/vault-process.js';

/**
 * Real vault processes over a real Postgres and NATS. `npm test` runs it small; the full size, with its figures on standard output:
 * `LATCHKEY_ROTATION_ROWS=20000 LATCHKEY_ROTATION_KILLS=20 node tools/run.mjs exec vitest run --project e2e services/key-vault/src/rotation`
 */
const rows = Number(process.env['LATCHKEY_ROTATION_ROWS'] ?? 1_500);
const kills = Number(process.env['LATCHKEY_ROTATION_KILLS'] ?? 4);
const signaturesPerSecond = 50;
/** Small pieces: what is killed is then always in the middle of one. */
const maxRows = 100;

const hex = {
  old: '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210',
  new: 'f0e1d2c3b4a5968778695a4b3c2d1e0f0123456789abcdeffedcba9876543210',
  wrong: '1f2e3d4c5b6a798801234567890abcdef0123456789abcdeffedcba987654321',
};
const [oldId, newId] = [keyIdOf(Buffer.from(hex.old, 'hex')), keyIdOf(Buffer.from(hex.new, 'hex'))];
const context = { ...contextOf('x'), actor: 'operator:ada' };
const clock = { now: () => Date.now(), advance: () => undefined, set: () => undefined };

const seeds: readonly Seed[] = Array.from({ length: rows }, (_, i) => ({
  account: accountOf(`user-${i}`),
  apiKey: `K${i}x`.padEnd(64, '1a2B'),
  apiSecret: `S${i}x`.padEnd(64, '9z8Y'),
}));
const seedAt = (i: number): Seed => seeds[i % seeds.length]!;
const read = (i: number): SignItem => readItem({ clock }, seedAt(i).account);
/** Looks up an order that was signed before: refused as soon as its API key passes for another one. */
const lookUp = (order: SignItem): SignItem => ({
  ...readItem({ clock }, accountOf(order.userId)),
  payload: `symbol=BTCUSDT&orderId=1&timestamp=${Date.now()}&recvWindow=5000`,
  trade: order.trade!,
});

let fixture: ServiceFixture;
/** One connection of our own that stays: under load a new one may take longer than a vault would wait for it. */
let watcher: Client;
let executor: RpcClient;
let ask: Asking;
let operators: readonly RpcClient[];
const vaults: VaultProcess[] = [];

const both = () => fixture.environment({ ENCRYPTION_KEY: hex.new, ENCRYPTION_KEY_PREVIOUS: hex.old });
const underOldKey = async (): Promise<number> =>
  (await watcher.query<{ rows: number }>('select count(*)::int as rows from credential_secrets where key_id = $1', [oldId]))
    .rows[0]?.rows ?? 0;
const damage = async (): Promise<number> =>
  (await watcher.query(`select from events where type in ('CredentialIntegrityFailed')`)).rowCount ?? 0;

const ordersBefore: SignItem[] = [];

beforeAll(async () => {
  fixture = await serviceFixture();
  await fixture.provision();
  watcher = new Client({ connectionString: fixture.db.url });
  await watcher.connect();
  const first = await startAnswering(fixture.environment({ ENCRYPTION_KEY: hex.old }));
  const keyring = createKeyring({ current: Buffer.from(hex.old, 'hex'), random: randomBytes });
  const pool = createPool({ url: fixture.db.url, applicationName: 'rotation-spec', log: quiet });
  await seedCredentials(pool, keyring, seeds);
  await pool.end();
  executor = await fixture.clientOf('trade-executor');
  ask = askInSessions(executor, await fixture.keysOf('trade-executor'));
  operators = [await fixture.clientOf('operator'), await fixture.clientOf('operator')];
  for (let i = 0; i < 25; i += 1) {
    const order = openItem({ clock }, seedAt(i * 7).account);
    expect((await askUntilAnswered(ask, () => order)).outcome).toBe('signed');
    ordersBefore.push(order);
  }
  // The next key reaches every process for reading first; then they are restarted with it writing.
  await first.stop();
  vaults.push(...(await Promise.all([startAnswering(both()), startAnswering(both())])));
});
afterAll(async () => {
  for (const vault of vaults) await vault.stop();
  await watcher.end();
  await fixture.close();
});

/** What must not start, and must not have said that it answers. */
const mustNotStart = async (keys: NodeJS.ProcessEnv, expected: RegExp): Promise<void> => {
  const vault = startVaultProcess(fixture.environment(keys));
  expect(await vault.exited).toBe(1);
  expect(vault.healthPort()).toBeUndefined();
  expect(vault.said()).toMatch(expected);
  expect(vault.said()).toContain('nobody has to enter an API key again');
  for (const key of Object.values(hex)) expect(vault.said()).not.toContain(key);
};

/** Rotates as `latchkey keys rotate` does, until there is nothing left; holds still while `pausing` waits for something. */
const rotate = async (operator: RpcClient, pausing: () => Promise<void>): Promise<{ calls: number; interrupted: number }> => {
  let [calls, interrupted] = [0, 0];
  for (;;) {
    await pausing();
    try {
      calls += 1;
      const request: RpcRequestInput<'cmd.key-vault.rotate-keys'> = { keyId: newId, maxRows, context };
      const { answer } = await operator.call('cmd.key-vault.rotate-keys', request, { deadlineMs: 3_000 });
      if (answer.done) return { calls, interrupted };
    } catch (error) {
      if (
        !isAppError(error) ||
        !['rpc.timeout', 'rpc.unavailable', 'rpc.replayed', 'vault.log_not_compared'].includes(error.code)
      )
        throw error;
      interrupted += 1;
    }
  }
};

describe('rotation under load', () => {
  it('loses no row and no signature, killed again and again, twice at once', { timeout: 600_000 }, async () => {
    const beganAt = performance.now();
    let asked = 0;
    const load = startLoad(ask, signaturesPerSecond, () => {
      asked += 1;
      return asked % 5 === 0
        ? lookUp(ordersBefore[asked % ordersBefore.length]!)
        : asked % 3 === 0
          ? openItem({ clock }, seedAt(asked).account)
          : read(asked * 13);
    });

    let pause: Promise<void> = Promise.resolve();
    let rotating = true;
    const rotations = Promise.all(operators.map((operator) => rotate(operator, () => pause))).finally(() => (rotating = false));
    const killedAt: number[] = [];
    const killOne = async (k: number): Promise<void> => {
      const at = k % vaults.length;
      await vaults[at]!.kill();
      killedAt.push(rows - (await underOldKey()));
      if (k === Math.floor(kills / 2)) {
        await mustNotStart({ ENCRYPTION_KEY: hex.new }, new RegExp(`need the master key with id ${oldId}`));
        await mustNotStart({ ENCRYPTION_KEY: hex.old }, new RegExp(`need the master key with id ${newId}`));
        await mustNotStart({ ENCRYPTION_KEY: hex.wrong, ENCRYPTION_KEY_PREVIOUS: hex.old }, new RegExp(`id ${newId}`));
      }
      vaults[at] = await startAnswering(both());
    };
    for (let k = 0; k < kills; k += 1) {
      const until = rows - Math.floor((rows * (k + 1)) / (kills + 1));
      await eventually(async () => !rotating || (await underOldKey()) <= until, { timeoutMs: 120_000, everyMs: 5 });
      if (!rotating) break;
      const killing = killOne(k);
      pause = killing;
      await killing;
    }
    const done = await rotations;
    const tookMs = performance.now() - beganAt;
    const signatures = await load.stop();

    process.stdout.write(
      `${JSON.stringify({
        rows,
        kills: killedAt.length,
        killedAt,
        seconds: Number((tookMs / 1_000).toFixed(1)),
        calls: done.reduce((sum, { calls }) => sum + calls, 0),
        callsWithoutAnswer: done.reduce((sum, { interrupted }) => sum + interrupted, 0),
        signatures: { ...signatures, perSecond: Number(signatures.perSecond.toFixed(1)) },
      })}\n`,
    );
    expect(killedAt).toHaveLength(kills);
    expect(killedAt.every((rewrapped) => rewrapped > 0 && rewrapped < rows)).toBe(true);
    expect(signatures.failed).toEqual([]);
    expect(await underOldKey()).toBe(0);
    expect(await damage()).toBe(0);
  });

  it(
    'leaves everything readable with the new key alone, and orders with the API keys that signed them',
    { timeout: 120_000 },
    async () => {
      await operators[0]!.call('cmd.key-vault.retire-key', { keyId: oldId, context });
      for (const vault of vaults.splice(0)) await vault.stop();
      vaults.push(await startAnswering(fixture.environment({ ENCRYPTION_KEY: hex.new })));
      const session = await openSession(executor, await fixture.keysOf('trade-executor'));
      let unreadable = 0;
      for (let from = 0; from < rows; from += 250) {
        const some = seeds.slice(from, from + 250);
        const items = some.map((_, i) => read(from + i));
        const answers = (await askIn(executor, session, items)) ?? [];
        unreadable += some.filter(({ apiKey }, i) => {
          const answer = answers[i];
          return answer?.ok !== true || answer.apiKey !== apiKey;
        }).length;
      }
      const lookedUp = await Promise.all(
        ordersBefore.map(async (order) => (await askUntilAnswered(ask, () => lookUp(order))).outcome),
      );
      process.stdout.write(`${JSON.stringify({ rows, unreadable, ordersLookedUp: lookedUp.length })}\n`);
      expect(unreadable).toBe(0);
      expect(new Set(lookedUp)).toEqual(new Set(['signed']));
      expect(await damage()).toBe(0);
    },
  );

  it('lets no vault start with the key that was retired, or with a wrong one', async () => {
    await mustNotStart({ ENCRYPTION_KEY: hex.wrong }, new RegExp(`need the master key with id ${newId}`));
    const retired = startVaultProcess(fixture.environment({ ENCRYPTION_KEY: hex.old, ENCRYPTION_KEY_PREVIOUS: hex.new }));
    expect(await retired.exited).toBe(1);
    expect(retired.healthPort()).toBeUndefined();
    expect(retired.said()).toContain(`${oldId} was retired`);
  });
});
