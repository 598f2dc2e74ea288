import { createHash, createPublicKey } from 'node:crypto';
import { publicKeyMessage, type Account } from '@latchkey/contracts';
import { createEventStore, withTransaction } from '@latchkey/event-store';
import { createTrustedKeys, verifyMessage } from '@latchkey/sealing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyPairs } from '../../adapters/postgres/key-pairs.js';
import { createChangeKeyPair } from '../../app/change-key-pair.js';
import { destroyExpiredKeyPairs } from '../../app/destroy-expired-key-pairs.js';
import { verifies } from '../../testing/key-pairs.js';
import {
  accountOf,
  apiKeyOf,
  contextOf,
  goodKey,
  masterKey,
  openItem,
  otherMasterKey,
  readItem,
  save,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
});
afterAll(() => fixture.close());

let users = 0;
const newAccount = (more: Parameters<typeof accountOf>[1] = {}) => accountOf(`maker-${(users += 1)}`, more);
const code = (value: string) => expect.objectContaining({ code: value });
const week = 7 * 24 * 60 * 60 * 1_000;

const generate = (account: Account, { vault } = fixture) =>
  vault.generateKeyPair({ ...account, context: contextOf(account.userId) });
const activate = (account: Account, apiKey = apiKeyOf('G'), { vault } = fixture) =>
  vault.activateKeyPair({ ...account, apiKey, context: contextOf(account.userId) });
const erase = (account: Account) => fixture.vault.deleteCredential({ ...account, context: contextOf(account.userId) });
const statusOf = async ({ userId }: Account) => (await fixture.vault.listCredentials({ userId })).credentials;
const digestOf = (pem: string): string =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ format: 'der', type: 'spki' }))
    .digest('hex');
const rowsOf = async ({ userId }: Account) =>
  (await fixture.tamper(
    `select p.* from key_pairs p where exists (
      select from events e where e.stream_id = 'key-pair-' || p.credential_id and e.data->>'userId' = $1)`,
    [userId],
  )) as readonly { credential_id: string; generated_version: number; public_key_digest: string; private_key: string }[];
const told = async ({ userId }: Account, prefix: string) =>
  (await fixture.events(prefix))
    .filter(({ data }) => data['userId'] === userId)
    .map(({ type, data }) => (data['reason'] === undefined ? type : `${type}: ${data['reason'] as string}`));

/** Whether the account's key signs for the owner of that public half. */
const signsWith = async (account: Account, publicKey: string): Promise<boolean> => {
  const item = openItem(fixture, account);
  const answer = await signOne(fixture, item);
  return answer?.ok === true && verifies({ publicKey: createPublicKey(publicKey) }, item.payload, answer.signature);
};

describe('a pair that the vault makes', () => {
  it('hands out its public half alone, with the word of the vault for whom and where it is', async () => {
    const account = newAccount();
    const answer = await generate(account);
    expect(Object.keys(answer).toSorted()).toEqual(['expiresAt', 'publicKey', 'signed']);
    expect(createPublicKey(answer.publicKey).asymmetricKeyType).toBe('ed25519');
    const trusted = createTrustedKeys({ 'key-vault': [fixture.publicMessageKey] });
    const expected = { trusted, ...publicKeyMessage, issuers: ['key-vault'], maxAgeMs: 60_000, clock: fixture.clock };
    const { publicKey, expiresAt } = answer;
    expect((await verifyMessage(answer.signed, expected)).body).toEqual({ ...account, publicKey, expiresAt });
    expect(JSON.stringify(answer)).not.toContain('PRIVATE');
    expect(await statusOf(account)).toEqual([]);
    const [event] = await fixture.events(`key-pair-`);
    expect(event).toMatchObject({ type: 'KeyPairGenerated', data: { publicKeyDigest: digestOf(publicKey), expiresAt } });
  });

  it('becomes the key under the name that the exchange gave, and trades once the exchange took a signature of it', async () => {
    const account = newAccount();
    const { publicKey } = await generate(account);
    const { maskedKey, credentialId } = await activate(account);
    expect(await statusOf(account)).toEqual([
      { exchange: 'binance', environment: 'live', credentialId, maskedKey, keyType: 'ed25519', enabled: true, verified: false },
    ]);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_unverified' });
    expect(await rowsOf(account)).toHaveLength(1);
    await verify(fixture, account);
    expect(await signsWith(account, publicKey)).toBe(true);
    expect(await rowsOf(account)).toEqual([]);
    expect(await told(account, 'key-pair-')).toEqual(['KeyPairGenerated', 'KeyPairDestroyed: activated']);
    const saved = (await fixture.events('credential-')).find(({ data }) => data['userId'] === account.userId);
    expect(saved).toMatchObject({ data: { keyType: 'ed25519', publicKeyDigest: digestOf(publicKey) } });
  });

  it('may be activated again under another name, until the exchange took a signature of it', async () => {
    const account = newAccount();
    const { publicKey } = await generate(account);
    await activate(account, apiKeyOf('M'));
    await verify(fixture, account, { outcome: 'refused', code: 'binance.-2015', message: 'no such key' });
    expect(await statusOf(account)).toMatchObject([{ verified: false, reason: 'vault.key_refused' }]);
    await activate(account, apiKeyOf('N'));
    await verify(fixture, account);
    expect(await signsWith(account, publicKey)).toBe(true);
    await expect(activate(account, apiKeyOf('O'))).rejects.toThrow(code('vault.key_pair_not_found'));
  });

  it('is refused where the exchange knows no such keys', async () => {
    const account = newAccount({ exchange: 'bybit' });
    await expect(generate(account)).rejects.toThrow(code('vault.key_type_not_at_exchange'));
    await expect(activate(account)).rejects.toThrow(code('vault.key_type_not_at_exchange'));
  });

  it('is not found where there is none, or under a name that is none', async () => {
    const account = newAccount();
    await expect(activate(account)).rejects.toThrow(code('vault.key_pair_not_found'));
    await generate(account);
    await expect(activate(account, 'too-short')).rejects.toThrow(code('vault.api_key_format'));
    await expect(activate({ ...account, environment: 'testnet' })).rejects.toThrow(code('vault.key_pair_not_found'));
    expect(await statusOf(account)).toEqual([]);
  });

  it('replaces a key that was saved before only when it is activated', async () => {
    const account = newAccount();
    await save(fixture, account, 'B');
    await verify(fixture, account);
    const { publicKey } = await generate(account);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true, apiKey: apiKeyOf('B') });
    await activate(account);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_unverified' });
    await verify(fixture, account);
    expect(await signsWith(account, publicKey)).toBe(true);
  });
});

describe('generating again', () => {
  it('ends the pair before; the newest is the one that is activated', async () => {
    const account = newAccount();
    const [first, second] = [await generate(account), await generate(account)];
    expect(first.publicKey).not.toBe(second.publicKey);
    expect(await rowsOf(account)).toMatchObject([{ public_key_digest: digestOf(second.publicKey) }]);
    expect(await told(account, 'key-pair-')).toEqual(['KeyPairGenerated', 'KeyPairDestroyed: replaced', 'KeyPairGenerated']);
    await activate(account);
    await verify(fixture, account);
    expect(await signsWith(account, second.publicKey)).toBe(true);
    expect(await signsWith(account, first.publicKey)).toBe(false);
  });

  it('leaves a key that was activated alone', async () => {
    const account = newAccount();
    const first = await generate(account);
    await activate(account);
    const second = await generate(account);
    await verify(fixture, account);
    expect(await signsWith(account, first.publicKey)).toBe(true);
    expect(await rowsOf(account)).toMatchObject([{ public_key_digest: digestOf(second.publicKey) }]);
  });
});

describe('at the same time', () => {
  it('several generate: each gets a public key, one pair is left, and it is one of them', async () => {
    const account = newAccount();
    const answers = await Promise.all([1, 2, 3, 4].map(() => generate(account)));
    const [row, ...more] = await rowsOf(account);
    expect(more).toEqual([]);
    const digests = answers.map(({ publicKey }) => digestOf(publicKey));
    expect(digests).toContain(row?.public_key_digest);
    expect(new Set(digests).size).toBe(4);
    const winner = answers.find(({ publicKey }) => digestOf(publicKey) === row?.public_key_digest);
    await activate(account);
    await verify(fixture, account);
    expect(await signsWith(account, winner?.publicKey ?? '')).toBe(true);
  });

  it('several activate, in two processes: the key is saved once', async () => {
    const account = newAccount();
    const { publicKey } = await generate(account);
    const second = { ...fixture, vault: await fixture.another() };
    const answers = await Promise.all([fixture, second, fixture, second].map((one) => activate(account, apiKeyOf('G'), one)));
    expect(new Set(answers.map(({ credentialId }) => credentialId)).size).toBe(1);
    expect(await told(account, 'credential-')).toEqual(['CredentialSaved']);
    await verify(fixture, account);
    expect(await signsWith(account, publicKey)).toBe(true);
    await activate(account);
    expect(await told(account, 'credential-')).toEqual([
      'CredentialSaved',
      'CredentialVerificationStarted',
      'CredentialVerified',
    ]);
  });

  it('activate and generate: the key is of one of the two pairs, or there is none and the answer says so', async () => {
    for (let round = 0; round < 12; round += 1) {
      const account = newAccount();
      const first = await generate(account);
      const [activated, second] = await Promise.allSettled([activate(account), generate(account)]);
      if (second.status !== 'fulfilled') throw second.reason;
      if (activated.status === 'rejected') {
        expect(activated.reason).toMatchObject({ code: expect.stringMatching(/^vault\.key_pair_(replaced|not_found)$/) });
        expect(await statusOf(account)).toEqual([]);
        await activate(account);
      }
      await verify(fixture, account);
      const signs = await Promise.all([first, second.value].map(({ publicKey }) => signsWith(account, publicKey)));
      expect(signs.filter(Boolean)).toHaveLength(1);
      // The newer pair waits on, unless it is the key already.
      expect(await rowsOf(account)).toHaveLength(signs[1] ? 0 : 1);
    }
  });

  it('activate and delete: nothing is left of either', async () => {
    for (let round = 0; round < 12; round += 1) {
      const account = newAccount();
      await generate(account);
      const [, erased] = await Promise.allSettled([activate(account), erase(account)]);
      expect(erased.status).toBe('fulfilled');
      expect(await rowsOf(account)).toEqual([]);
      expect(await statusOf(account)).toEqual([]);
      await expect(activate(account)).rejects.toThrow(code('vault.key_pair_not_found'));
    }
  });
});

describe('a pair ends', () => {
  it("with its owner's DELETE, also before there is a key", async () => {
    const account = newAccount();
    await generate(account);
    await erase(account);
    expect(await rowsOf(account)).toEqual([]);
    expect(await told(account, 'key-pair-')).toEqual(['KeyPairGenerated', 'KeyPairDestroyed: deleted']);
    await expect(erase(account)).rejects.toThrow(code('vault.credential_not_found'));
  });

  it('together with the key that it became', async () => {
    const account = newAccount();
    await generate(account);
    await activate(account);
    await erase(account);
    expect(await rowsOf(account)).toEqual([]);
    expect(await statusOf(account)).toEqual([]);
    const secrets = 'select 1 from credential_secrets join credentials using (credential_id) where user_id = $1';
    expect(await fixture.tamper(secrets, [account.userId])).toEqual([]);
  });

  it('after a week', async () => {
    const account = newAccount();
    await generate(account);
    fixture.clock.advance(week - 1);
    await fixture.vault.destroyDueSecrets();
    expect(await rowsOf(account)).toHaveLength(1);
    fixture.clock.advance(1);
    await expect(activate(account)).rejects.toThrow(code('vault.key_pair_not_found'));
    await fixture.vault.destroyDueSecrets();
    expect(await rowsOf(account)).toEqual([]);
    expect(await told(account, 'key-pair-')).toEqual(['KeyPairGenerated', 'KeyPairDestroyed: expired']);
  });

  it('but not with the pair that its owner generates at that moment', async () => {
    const account = newAccount();
    await generate(account);
    fixture.clock.advance(week);
    const store = createEventStore({ service: 'key-vault', clock: fixture.clock });
    const keyPairs = createKeyPairs({ pool: fixture.pool, store, onAppended: () => undefined });
    let publicKey = '';
    const expired = async (atMs: number) => {
      const ids = await keyPairs.expired(atMs);
      ({ publicKey } = await generate(account));
      return ids;
    };
    const changeKeyPair = createChangeKeyPair(keyPairs);
    await destroyExpiredKeyPairs({ keyPairs: { ...keyPairs, expired }, changeKeyPair, clock: fixture.clock })();
    await activate(account);
    await verify(fixture, account);
    expect(await signsWith(account, publicKey)).toBe(true);
  });
});

describe('somebody who holds the database', () => {
  it('finds ciphertext of the private half, bound to the account and to the event that made it', async () => {
    const [account, other] = [newAccount(), newAccount()];
    await generate(account);
    await generate(other);
    const [own, foreign] = [(await rowsOf(account))[0], (await rowsOf(other))[0]];
    expect(own?.private_key).toMatch(/^lk1\./);
    const put = (envelope = '') =>
      fixture.tamper('update key_pairs set private_key = $2 where credential_id = $1', [own?.credential_id, envelope]);
    await put(foreign?.private_key);
    await expect(activate(account)).rejects.toThrow(code('vault.integrity_failed'));
    await generate(account);
    const old = own?.private_key;
    await put(old);
    await expect(activate(account)).rejects.toThrow(code('vault.integrity_failed'));
    expect(await statusOf(account)).toEqual([]);
  });

  it('cannot put back a pair in place of the newest, neither as it was nor passed off as that one', async () => {
    const account = newAccount();
    await generate(account);
    const [old] = await rowsOf(account);
    await generate(account);
    const [newest] = await rowsOf(account);
    for (const digest of [old?.public_key_digest, newest?.public_key_digest]) {
      await fixture.tamper(
        'update key_pairs set generated_version = $2, private_key = $3, public_key_digest = $4 where credential_id = $1',
        [old?.credential_id, old?.generated_version, old?.private_key, digest],
      );
      await expect(activate(account)).rejects.toThrow(code('vault.key_pair_not_found'));
    }
    expect(await statusOf(account)).toEqual([]);
  });

  it('cannot put back a pair that ended', async () => {
    const account = newAccount();
    await generate(account);
    const [row] = await fixture.tamper('select * from key_pairs where public_key_digest = $1', [
      (await rowsOf(account))[0]?.public_key_digest,
    ]);
    await erase(account);
    await fixture.tamper('insert into key_pairs select * from json_populate_record(null::key_pairs, $1)', [JSON.stringify(row)]);
    await expect(activate(account)).rejects.toThrow(code('vault.key_pair_not_found'));
    fixture.clock.advance(week);
    await fixture.vault.destroyDueSecrets();
    expect(await rowsOf(account)).toEqual([]);
  });
});

describe('a restored database', () => {
  it('loses a pair again that ended after the backup was made', async () => {
    const account = newAccount();
    await generate(account);
    const [row] = await rowsOf(account);
    await erase(account);
    await fixture.tamper('insert into key_pairs select * from json_populate_record(null::key_pairs, $1)', [JSON.stringify(row)]);
    const streamid = `key-pair-${row?.credential_id}`;
    await withTransaction(fixture.pool, (tx) => fixture.vault.onImported(tx, [{ streamid, type: 'KeyPairDestroyed' } as never]));
    expect(await rowsOf(account)).toEqual([]);
  });
});

describe('the master key', () => {
  it('of a pending pair must be at hand; one that only reads is enough', async () => {
    const [account, other] = [newAccount(), newAccount()];
    await generate(account);
    const rotated = { ...fixture, vault: await fixture.another({ current: otherMasterKey(), previous: masterKey() }) };
    await generate(other, rotated);
    await expect(fixture.another()).rejects.toThrow(code('vault.encryption_key_missing'));
    await activate(account, apiKeyOf('W'), rotated);
    await verify(rotated, account, goodKey);
    expect(await signOne(rotated, readItem(rotated, account))).toMatchObject({ ok: true, apiKey: apiKeyOf('W') });
  });

  it('may be another one: rotation wraps a pending pair anew, and the key that it becomes signs under that alone', async () => {
    const account = newAccount();
    const { publicKey } = await generate(account);
    const keys = { current: otherMasterKey(), previous: masterKey() };
    const rotating = await fixture.another(keys);
    const before = (await rowsOf(account))[0];
    let done = false;
    while (!done) ({ done } = await rotating.rotateKeys({ maxRows: 1_000, context: contextOf('operator') }));
    const after = (await rowsOf(account))[0];
    expect(after).toMatchObject({ public_key_digest: before?.public_key_digest });
    expect(after?.private_key).not.toBe(before?.private_key);
    const rotated = { ...fixture, vault: await fixture.another({ current: otherMasterKey() }) };
    await activate(account, apiKeyOf('R'), rotated);
    await verify(rotated, account);
    const item = openItem(rotated, account);
    const answer = await signOne(rotated, item);
    expect(answer?.ok && verifies({ publicKey: createPublicKey(publicKey) }, item.payload, answer.signature)).toBe(true);
  });
});
