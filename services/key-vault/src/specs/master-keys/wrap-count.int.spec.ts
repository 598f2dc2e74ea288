import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createWrapCounts } from '../../adapters/postgres/wrap-counts.js';
import { createWrapCounter } from '../../app/count-wraps.js';
import { stopsAt, warnsAt } from '../../domain/encryption/key-limit.js';
import { keyIdOf } from '../../domain/encryption/keyring.js';
import {
  accountOf,
  contextOf,
  masterKey,
  otherMasterKey,
  quiet,
  readItem,
  save,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

const keyId = keyIdOf(masterKey());
let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
});
afterAll(() => fixture.close());
beforeEach(() => fixture.tamper('delete from master_key_uses'));

const stored = async (): Promise<number> =>
  Number((await fixture.tamper('select wraps from master_key_uses where key_id = $1', [keyId]))[0]?.['wraps'] ?? 0);
const setTo = (wraps: number) =>
  fixture.tamper('insert into master_key_uses values ($1, $2) on conflict (key_id) do update set wraps = excluded.wraps', [
    keyId,
    wraps,
  ]);

/** A process that counts: what it has left of its block is lost with it. */
const counter = (log: Parameters<typeof createWrapCounter>[0]['log'] = quiet) =>
  createWrapCounter({ counts: createWrapCounts(fixture.pool), log });
const take = (of: ReturnType<typeof counter>, times: number) => Promise.all(Array.from({ length: times }, () => of.take(keyId)));
const exhausted = expect.objectContaining({
  code: 'vault.key_exhausted',
  message: expect.stringContaining('latchkey keys rotate'),
});

describe('the count of wraps', () => {
  it('is in Postgres before the first wrap that it counts, and never below the number of wraps', async () => {
    const one = counter();
    let taken = 0;
    for (const times of [1, 100, 300, 256, 1]) {
      await take(one, times);
      taken += times;
      expect(await stored()).toBeGreaterThanOrEqual(taken);
      expect(await stored()).toBeLessThan(taken + 256);
    }
  });

  it('counts too much after a crash, never too little', async () => {
    let taken = 0;
    for (let crashes = 0; crashes < 5; crashes += 1) {
      await take(counter(), 10);
      taken += 10;
      expect(await stored()).toBe(256 * (crashes + 1));
      expect(await stored()).toBeGreaterThanOrEqual(taken);
    }
  });

  it('is one count for every process', async () => {
    const [one, two] = [counter(), counter()];
    await Promise.all([take(one, 1_000), take(two, 1_000)]);
    expect(await stored()).toBe(2_048);
  });

  it('stops every process below the limit, each within its block, and stays stopped', async () => {
    await setTo(stopsAt - 3 * 256 + 1);
    const [one, two] = [counter(), counter()];
    const settled = await Promise.allSettled([one, two].flatMap((each) => Array.from({ length: 600 }, () => each.take(keyId))));
    const taken = settled.filter(({ status }) => status === 'fulfilled').length;
    expect(taken).toBeLessThanOrEqual(2 * 256);
    expect(await stored()).toBeLessThanOrEqual(stopsAt);
    expect(await stored()).toBe(stopsAt - 256 + 1);
    await expect(counter().take(keyId)).rejects.toThrow(exhausted);
    expect(stopsAt).toBeLessThan(2 ** 32);
  });

  it('warns long before, once for each hundredth of the limit, and names the key and the command', async () => {
    const warnings: unknown[] = [];
    const one = counter({ warn: (...said: unknown[]) => void warnings.push(said) });
    await setTo(warnsAt - 2 * 256);
    await take(one, 256);
    expect(warnings).toEqual([]);
    await take(one, 3 * 256);
    expect(warnings).toEqual([[expect.objectContaining({ keyId }), expect.stringContaining('latchkey keys rotate')]]);
  });
});

describe('a key that is used up', () => {
  it('stores nothing new, signs what is stored, and is replaced by rotation', async () => {
    const [account, next] = [accountOf('user-1'), accountOf('user-2')];
    await save(fixture, account);
    await verify(fixture, account);
    await setTo(stopsAt);
    const used = { ...fixture, vault: await fixture.another() };
    await expect(save(used, next)).rejects.toThrow(exhausted);
    expect(await signOne(used, readItem(fixture, account))).toMatchObject({ ok: true });
    expect((await used.vault.listKeys()).keys).toMatchObject([{ keyId, wraps: stopsAt, share: 0.5 }]);
    const rotated = { ...fixture, vault: await fixture.another({ current: otherMasterKey(), previous: masterKey() }) };
    await rotated.vault.rotateKeys({ maxRows: 100, context: { ...contextOf('x'), actor: 'operator:ada' } });
    await save(rotated, next);
    expect(await signOne(rotated, readItem(fixture, account))).toMatchObject({ ok: true });
  });
});
