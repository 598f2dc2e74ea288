import { randomBytes } from 'node:crypto';
import type { Envelope, RotationProgress } from '@latchkey/contracts';
import { withTransaction } from '@latchkey/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEncryptedRows } from '../../adapters/postgres/encrypted-rows.js';
import type { KeyId } from '../../domain/encryption/key-provider.js';
import { createKeyring, keyIdOf } from '../../domain/encryption/keyring.js';
import {
  accountOf,
  apiKeyOf,
  contextOf,
  masterKey,
  openItem,
  otherMasterKey,
  readItem,
  save,
  sign,
  signOne,
  thirdMasterKey,
  vaultFixture,
  verify,
  windowOf,
  type VaultFixture,
} from '../../testing/vault-fixture.js';
import type { Vault } from '../../vault.js';

let fixture: VaultFixture;
beforeEach(async () => {
  fixture = await vaultFixture();
});
afterEach(() => fixture.close());

const [oldId, newId] = [keyIdOf(masterKey()), keyIdOf(otherMasterKey())];
const context = { ...contextOf('x'), actor: 'operator:ada' };
const code = (value: string) => expect.objectContaining({ code: value });

const accounts = async (count: number) => {
  const made = Array.from({ length: count }, (_, i) => accountOf(`user-${i}`));
  for (const account of made) {
    await save(fixture, account, 'K');
    await verify(fixture, account);
  }
  return made;
};
/** A process that writes with the next key and reads with the one before: what every replica is, once the next key was promoted. */
const promoted = () => fixture.another({ current: otherMasterKey(), previous: masterKey() });
const rotateAll = async (vault: Vault, maxRows = 1_000): Promise<readonly RotationProgress[]> => {
  const steps: RotationProgress[] = [];
  do steps.push(await vault.rotateKeys({ maxRows, context }));
  while (steps.at(-1)?.done === false);
  return steps;
};
const keyEvents = async () => (await fixture.events('encryption-key-')).map(({ type }) => type);
const rowsOf = (sql: string) => fixture.tamper(sql);

describe('rotation', () => {
  it('wraps every data key under the writing key and leaves the contents alone', async () => {
    const all = await accounts(3);
    const envelopes = async () =>
      (await rowsOf('select api_key, api_secret from credential_secrets order by credential_id')).flatMap((row) =>
        Object.values(row).map((text) => String(text).split('.')),
      );
    const before = await envelopes();
    const vault = await promoted();
    expect(await rotateAll(vault)).toEqual([
      { keyId: newId, rewrapped: 5, damaged: 0, unavailable: 0, remaining: 0, done: true },
    ]);
    const after = await envelopes();
    expect(after.map(([, keyId]) => keyId)).toEqual(before.map(() => newId));
    expect(after.map((parts) => parts[3])).toEqual(before.map((parts) => parts[3]));
    expect(after.some((parts, i) => parts[2] === before[i]?.[2])).toBe(false);

    const alone = { ...fixture, vault: await fixture.another({ current: otherMasterKey() }) };
    for (const account of all) expect(await signOne(alone, readItem(fixture, account))).toMatchObject({ ok: true });
    await expect(fixture.another()).rejects.toThrow(code('vault.encryption_key_missing'));
  });

  it('goes in steps of a given size, each of which may be the last for now, and says what is left', async () => {
    await accounts(5);
    const vault = await promoted();
    const first = await vault.rotateKeys({ maxRows: 2, context });
    expect(first).toMatchObject({ rewrapped: 2, remaining: 5, done: false });
    // Another process, as after a crash: what was done stays done, and the keys of both halves are needed.
    await expect(fixture.another({ current: otherMasterKey() })).rejects.toThrow(code('vault.encryption_key_missing'));
    const rest = await rotateAll(await promoted(), 2);
    expect(rest.map(({ rewrapped }) => rewrapped).reduce((a, b) => a + b)).toBe(5);
    expect(rest.at(-1)).toMatchObject({ remaining: 0, done: true });
    expect(await keyEvents()).toEqual(['EncryptionKeyRotationStarted', 'EncryptionKeyRotationCompleted']);
    expect(await rotateAll(vault)).toMatchObject([{ rewrapped: 0, remaining: 0, done: true }]);
    expect(await keyEvents()).toHaveLength(2);
  });

  it('goes on beside saves, deletions, signatures and another rotation, and no row is lost to any of them', async () => {
    const all = await accounts(12);
    const [one, two] = [await promoted(), await promoted()];
    const [saving, signing] = [
      { ...fixture, vault: two },
      { ...fixture, vault: one },
    ];
    const [toSave, toDelete, toSign] = [all.slice(0, 4), all.slice(4, 8), all.slice(8)];
    const [, , , answers] = await Promise.all([
      Promise.all([rotateAll(one, 3), rotateAll(two, 2)]),
      Promise.all(toSave.map((account) => save(saving, account, 'N'))),
      Promise.all(toDelete.map((account) => two.deleteCredential({ ...account, context: contextOf(account.userId) }))),
      Promise.all(toSign.flatMap((account) => [1, 2, 3].map(() => signOne(signing, readItem(fixture, account))))),
    ]);
    expect(answers.every((answer) => answer?.ok)).toBe(true);
    await rotateAll(one);
    const alone = { ...fixture, vault: await fixture.another({ current: otherMasterKey() }) };
    for (const account of toSave) await verify(alone, account);
    const read = await sign(
      alone,
      [...toSave, ...toDelete, ...toSign].map((account) => readItem(fixture, account)),
    );
    expect(read.items.every(({ ok }) => ok)).toBe(true);
    expect(read.items.map((item) => item.ok && item.apiKey)).toEqual(all.map((_, i) => apiKeyOf(i < 4 ? 'N' : 'K')));
    expect((await fixture.events('credential-')).filter(({ type }) => type === 'CredentialIntegrityFailed')).toEqual([]);
  });

  it('leaves a row alone that was saved after it was read', async () => {
    const [account] = await accounts(1);
    const rows = createEncryptedRows(fixture.pool);
    const [read] = await rows.under({ table: 'credential_secrets', keyId: oldId, after: undefined, limit: 10 });
    await save(fixture, account!, 'N');
    const stale = { row: read!, keyId: oldId, envelopes: { api_key: 'x', api_secret: 'y' } };
    expect(await rows.replace([stale])).toBe(0);
    await verify(fixture, account!);
    expect(await signOne(fixture, readItem(fixture, account!))).toMatchObject({ ok: true, apiKey: apiKeyOf('N') });
  });

  it('does not take a key that it lacks for damage: neither it nor a signature tells anybody to enter a key again', async () => {
    const [account, other] = await accounts(2);
    const behind = { ...fixture, vault: await promoted() };
    await rotateAll(behind.vault);
    const ahead = {
      ...fixture,
      vault: await fixture.another({ current: thirdMasterKey(), previous: [masterKey(), otherMasterKey()] }),
    };
    await save(ahead, account!, 'N');
    await verify(ahead, account!);
    const answers = (await sign(behind, [readItem(fixture, account!), readItem(fixture, other!)])).items;
    expect(answers).toMatchObject([{ ok: false, code: 'vault.encryption_key_unavailable' }, { ok: true }]);
    expect(await rotateAll(behind.vault)).toMatchObject([{ damaged: 0, unavailable: 1, remaining: 1, done: true }]);
    expect((await fixture.events('credential-')).filter(({ type }) => type === 'CredentialIntegrityFailed')).toEqual([]);
    expect(await signOne(ahead, readItem(fixture, account!))).toMatchObject({ ok: true });
    // Nothing is complete that one vault cannot see.
    expect(await keyEvents()).toEqual([
      'EncryptionKeyRotationStarted',
      'EncryptionKeyRotationCompleted',
      'EncryptionKeyRotationStarted',
    ]);
  });
});

describe('a rotation to a key', () => {
  it('is refused by a vault that writes with another one, so that two that differ do not wrap to and fro', async () => {
    await accounts(1);
    const forgotten = await fixture.another({ current: masterKey(), previous: otherMasterKey() });
    const vault = await promoted();
    const { keyId } = await vault.rotateKeys({ maxRows: 100, context });
    await expect(forgotten.rotateKeys({ keyId, maxRows: 100, context })).rejects.toMatchObject({
      code: 'vault.encryption_key_not_writing',
      details: { keyId: oldId, wanted: newId },
    });
    expect((await vault.listKeys()).keys.find((key) => key.keyId === oldId)?.rows).toEqual({});
  });
});

describe('an order', () => {
  const asking = (order: ReturnType<typeof openItem>) => ({
    ...readItem(fixture, accountOf(order.userId)),
    payload: `symbol=BTCUSDT&orderId=1&${windowOf(fixture)}`,
    trade: order.trade!,
  });

  it('belongs to the same API key before, during and after a rotation, also when that key is saved again', async () => {
    const [account] = await accounts(1);
    const order = openItem(fixture, account!);
    expect(await signOne(fixture, order)).toMatchObject({ ok: true });
    const during = { ...fixture, vault: await promoted() };
    expect(await signOne(during, asking(order))).toMatchObject({ ok: true });
    await save(during, account!, 'K');
    await verify(during, account!);
    expect(await signOne(during, asking(order))).toMatchObject({ ok: true });
    await rotateAll(during.vault);
    await during.vault.retireKey({ keyId: oldId, context });
    const after = { ...fixture, vault: await fixture.another({ current: otherMasterKey() }) };
    expect(await signOne(after, asking(order))).toMatchObject({ ok: true });
    expect(await signOne(after, openItem(fixture, account!, { signalId: order.trade!.signalId, attempt: 2 }))).toMatchObject({
      ok: true,
    });
    await save(after, account!, 'K');
    await verify(after, account!);
    expect(await signOne(after, asking(order))).toMatchObject({ ok: true });
    await save(after, account!, 'L');
    await verify(after, account!);
    expect(await signOne(after, asking(order))).toMatchObject({ code: 'vault.key_replaced' });
  });

  it('that was signed before fingerprints had a key of their own belongs to its API key as well', async () => {
    const [account] = await accounts(1);
    const order = openItem(fixture, account!);
    await signOne(fixture, order);
    // As it was: derived from the master key, and stored nowhere.
    await fixture.tamper('delete from fingerprint_keys');
    const upgraded = { ...fixture, vault: await fixture.another() };
    await save(upgraded, account!, 'K');
    await verify(upgraded, account!);
    expect(await signOne(upgraded, asking(order))).toMatchObject({ ok: true });
  });

  it('does not lose its key to a fingerprint key that was altered: the vault does not start', async () => {
    await accounts(1);
    await fixture.tamper(`update fingerprint_keys set envelope = left(envelope, length(envelope) - 2) || 'AA'`);
    await expect(fixture.another()).rejects.toThrow(code('vault.fingerprint_key_damaged'));
  });
});

describe('retiring a key', () => {
  const retire = (vault: Vault, keyId: KeyId) => vault.retireKey({ keyId, context });

  it('is refused while something is under it or it writes, and names what', async () => {
    await accounts(2);
    await expect(retire(fixture.vault, oldId)).rejects.toThrow(code('vault.encryption_key_in_use'));
    const vault = await promoted();
    await expect(retire(vault, oldId)).rejects.toMatchObject({
      code: 'vault.encryption_key_in_use',
      details: { rows: { credential_secrets: 2, sealing_keys: 1, fingerprint_keys: 1 } },
    });
    await vault.rotateKeys({ maxRows: 1, context });
    await expect(retire(vault, oldId)).rejects.toThrow(code('vault.encryption_key_in_use'));
    await expect(retire(vault, newId)).rejects.toThrow(code('vault.encryption_key_in_use'));
    await expect(retire(vault, keyIdOf(thirdMasterKey()))).rejects.toThrow(code('vault.encryption_key_unknown'));
    expect(await keyEvents()).toEqual(['EncryptionKeyRotationStarted']);
  });

  it('takes its sentinel away, is on record, and may be asked for twice', async () => {
    await accounts(1);
    const vault = await promoted();
    await rotateAll(vault);
    const retired = await retire(vault, oldId);
    expect(retired).toMatchObject({ keyId: oldId, held: true });
    fixture.clock.advance(60_000);
    expect(await retire(vault, oldId)).toEqual(retired);
    expect((await rowsOf('select key_id from key_sentinels')).map((row) => row['key_id'])).toEqual([newId]);
    expect((await fixture.events(`encryption-key-${oldId}`)).map(({ type, data }) => [type, data])).toEqual([
      ['EncryptionKeyRetired', { keyId: oldId, retiredAt: retired.retiredAt }],
    ]);
    const { keys } = await vault.listKeys();
    expect(keys.find(({ keyId }) => keyId === oldId)).toMatchObject({ sentinel: false, retiredAt: retired.retiredAt, rows: {} });
    await fixture.another({ current: otherMasterKey() });
  });

  it('ends its writing everywhere: no start with it, and nothing stored by a vault that still writes with it', async () => {
    const [account] = await accounts(1);
    const vault = await promoted();
    // A replica that nobody restarted: it reads with the next key, and still writes with the one before.
    const forgotten = { ...fixture, vault: await fixture.another({ current: masterKey(), previous: otherMasterKey() }) };
    await rotateAll(vault);
    await retire(vault, oldId);
    await expect(fixture.another()).rejects.toThrow(code('vault.encryption_key_retired'));
    await expect(fixture.another({ current: masterKey(), previous: otherMasterKey() })).rejects.toMatchObject({
      code: 'vault.encryption_key_retired',
      message: expect.stringContaining(`${oldId} was retired`),
    });
    await expect(save(forgotten, account!, 'N')).rejects.toThrow(code('vault.encryption_key_retired'));
    expect((await rowsOf(`select from credential_secrets where key_id = '${oldId}'`)).length).toBe(0);
    expect(await signOne({ ...fixture, vault }, readItem(fixture, account!))).toMatchObject({ ok: true, apiKey: apiKeyOf('K') });
  });

  it('and a save that is under way at that moment: one of them waits, and either is refused or the key stays', async () => {
    const made = await accounts(6);
    const vault = await promoted();
    const forgotten = { ...fixture, vault: await fixture.another({ current: masterKey(), previous: otherMasterKey() }) };
    await rotateAll(vault);
    const outcomes = await Promise.allSettled([...made.map((account) => save(forgotten, account, 'N')), retire(vault, oldId)]);
    const refusals = outcomes.flatMap((each) => (each.status === 'rejected' ? [(each.reason as { code?: unknown }).code] : []));
    const retired = outcomes.at(-1)?.status === 'fulfilled';
    const under = await rowsOf(`select from credential_secrets where key_id = '${oldId}'`);
    expect(under.length === 0).toBe(retired);
    expect(new Set(refusals)).toEqual(new Set([retired ? 'vault.encryption_key_retired' : 'vault.encryption_key_in_use']));
    const last = await fixture.another({ current: otherMasterKey(), previous: masterKey() });
    await rotateAll(last);
    const alone = { ...fixture, vault: await fixture.another({ current: otherMasterKey() }) };
    for (const account of made) await verify(alone, account);
    expect(
      (
        await sign(
          alone,
          made.map((account) => readItem(fixture, account)),
        )
      ).items.every(({ ok }) => ok),
    ).toBe(true);
  });

  it('leaves a way back for a database from before: its key for reading, another rotation, and retired again', async () => {
    const [account] = await accounts(1);
    const [secrets, sentinels] = [
      await rowsOf('select credential_id, key_id, api_key, api_secret from credential_secrets'),
      await rowsOf(`select key_id, envelope from key_sentinels`),
    ];
    const vault = await promoted();
    await rotateAll(vault);
    await retire(vault, oldId);
    for (const row of sentinels)
      await fixture.tamper('insert into key_sentinels (key_id, envelope) values ($1, $2)', [row['key_id'], row['envelope']]);
    for (const row of secrets) {
      const values = [row['credential_id'], row['key_id'], row['api_key'], row['api_secret']];
      await fixture.tamper(
        'update credential_secrets set key_id = $2, api_key = $3, api_secret = $4 where credential_id = $1',
        values,
      );
    }
    await expect(fixture.another({ current: otherMasterKey() })).rejects.toMatchObject({
      code: 'vault.encryption_key_missing',
      message: expect.stringMatching(
        new RegExp(`${oldId}.*was retired.*put a copy of the key back.*nobody has to enter an API key again`),
      ),
    });
    const back = await promoted();
    await rotateAll(back);
    await retire(back, oldId);
    const alone = { ...fixture, vault: await fixture.another({ current: otherMasterKey() }) };
    expect(await signOne(alone, readItem(fixture, account!))).toMatchObject({ ok: true });
  });

  it('is applied again from the events that a restored database gets back', async () => {
    await accounts(1);
    const vault = await promoted();
    await rotateAll(vault);
    await retire(vault, oldId);
    const recorded = (await fixture.tamper(
      `select type, v as eventversion, data, stream_id as streamid from events where type = 'EncryptionKeyRetired'`,
    )) as unknown as readonly Envelope[];
    await fixture.tamper('delete from retired_keys');
    await withTransaction(fixture.pool, (tx) => vault.onImported(tx, recorded));
    await expect(fixture.another({ current: masterKey(), previous: otherMasterKey() })).rejects.toThrow(
      code('vault.encryption_key_retired'),
    );
  });
});

describe('the state of the keys', () => {
  it('says what is under each, how much it has wrapped, and how old the sealing keys are', async () => {
    await accounts(3);
    const vault = await promoted();
    fixture.clock.advance(3_600_000);
    const status = await vault.listKeys();
    expect(status).toMatchObject({ writing: newId, stopsAt: 2 ** 31 });
    expect(status.keys).toMatchObject([
      { keyId: newId, role: 'writing', rows: {}, sentinel: true },
      { keyId: oldId, role: 'reading', rows: { credential_secrets: 3, fingerprint_keys: 1, sealing_keys: 1 }, sentinel: true },
    ]);
    expect(status.keys.map(({ wraps, share }) => wraps > 0 && share === wraps / 2 ** 32)).toEqual([true, true]);
    expect(status.sealingKeys).toMatchObject([{ keyId: oldId, ageSeconds: 3_600 }]);
    expect((await fixture.vault.listKeys()).keys.find(({ keyId }) => keyId === newId)).toMatchObject({ role: 'absent' });
    expect(JSON.stringify(status)).not.toContain('lk1.');
  });
});

describe('keys that are exchanged while the vault runs', () => {
  it('are taken when they open what is stored, and refused when they do not', async () => {
    const ring = (current: Buffer, ...reading: Buffer[]) => createKeyring({ current, reading, random: randomBytes });
    const [account] = await accounts(1);
    const vault = await fixture.another();
    const running = { ...fixture, vault };
    await expect(vault.replaceKeys(ring(otherMasterKey()))).rejects.toThrow(code('vault.encryption_key_missing'));
    await vault.replaceKeys(ring(masterKey(), otherMasterKey()));
    await vault.replaceKeys(ring(otherMasterKey(), masterKey()));
    expect(await signOne(running, readItem(fixture, account!))).toMatchObject({ ok: true });
    await rotateAll(vault);
    expect((await vault.listKeys()).keys.find(({ keyId }) => keyId === oldId)?.rows).toEqual({});
    await expect(vault.replaceKeys(ring(thirdMasterKey()))).rejects.toThrow(code('vault.encryption_key_missing'));
    await vault.retireKey({ keyId: oldId, context });
    await expect(vault.replaceKeys(ring(masterKey(), otherMasterKey()))).rejects.toThrow(code('vault.encryption_key_retired'));
    await vault.replaceKeys(ring(otherMasterKey()));
    expect(await signOne(running, readItem(fixture, account!))).toMatchObject({ ok: true });
    await save(running, account!, 'N');
  });
});
