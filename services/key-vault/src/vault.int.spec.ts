import { randomUUID } from 'node:crypto';
import { sealingKeyMessage } from '@latchkey/contracts';
import { createTrustedKeys, verifyMessage } from '@latchkey/sealing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accountOf,
  apiKeyOf,
  apiSecretOf,
  contextOf,
  goodKey,
  openItem,
  otherMasterKey,
  masterKey,
  readItem,
  save,
  sealFor,
  sign,
  signOne,
  vaultFixture,
  verify,
  verifyItem,
  windowOf,
  type VaultFixture,
} from './testing/vault-fixture.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
});
afterAll(() => fixture.close());

let users = 0;
const newAccount = (more: Parameters<typeof accountOf>[1] = {}) => accountOf(`user-${(users += 1)}`, more);
const statusOf = async (userId: ReturnType<typeof accountOf>['userId']) =>
  (await fixture.vault.listCredentials({ userId })).credentials;
const code = (value: string) => expect.objectContaining({ code: value });
const erase = (account: ReturnType<typeof accountOf>) =>
  fixture.vault.deleteCredential({ ...account, context: contextOf(account.userId) });

describe('saving a key', () => {
  it('answers its mask, shows it as unverified, and keeps neither half in clear anywhere', async () => {
    const account = newAccount();
    const { maskedKey, credentialId } = await save(fixture, account, 'C');
    expect(maskedKey).toBe(`${apiKeyOf('C').slice(0, 4)}...${apiKeyOf('C').slice(-4)}`);
    expect(await statusOf(account.userId)).toEqual([
      { exchange: 'binance', environment: 'live', credentialId, maskedKey, enabled: true, verified: false },
    ]);
    const tables = [
      'credentials',
      'credential_secrets',
      'events',
      'sealing_keys',
      'used_sealed_secrets',
      'verifications',
      'key_sentinels',
    ];
    for (const table of tables) {
      const rows = JSON.stringify(await fixture.tamper(`select * from ${table}`));
      for (const canary of [apiKeyOf('C'), apiSecretOf('C')]) {
        expect(rows).not.toContain(canary);
        expect(rows).not.toContain(Buffer.from(canary).toString('base64').slice(0, 40));
        expect(rows).not.toContain(Buffer.from(canary).toString('hex').slice(0, 40));
      }
    }
  });

  it('keeps the accounts of one user apart', async () => {
    const account = newAccount();
    await save(fixture, account, 'L');
    await save(fixture, { ...account, environment: 'testnet' }, 'T');
    await save(fixture, { ...account, exchange: 'bybit' }, 'B');
    expect((await statusOf(account.userId)).map(({ exchange, environment }) => `${exchange}/${environment}`).sort()).toEqual([
      'binance/live',
      'binance/testnet',
      'bybit/live',
    ]);
  });

  it('takes a sealed secret once, for ten minutes, and for what it was sealed for', async () => {
    const account = newAccount();
    const context = contextOf(account.userId);
    const sealedSecret = await sealFor(fixture, account, 'S');
    const saving = (text: string, of = account) => fixture.vault.saveCredential({ ...of, sealedSecret: text, context });
    await saving(sealedSecret);
    await expect(saving(sealedSecret)).rejects.toThrow(code('vault.sealed_secret_replayed'));
    const other = newAccount();
    await expect(saving(await sealFor(fixture, account, 'S'), other)).rejects.toThrow(code('vault.sealed_secret_mismatch'));
    for (const header of [{ exchange: 'bybit' }, { environment: 'testnet' }, { sub: 'somebody' }]) {
      await expect(saving(await sealFor(fixture, account, 'S', header))).rejects.toThrow(code('vault.sealed_secret_mismatch'));
    }
    const old = await sealFor(fixture, account, 'S');
    fixture.clock.advance(10 * 60_000 + 1);
    await expect(saving(old)).rejects.toThrow(code('vault.sealed_secret_stale'));
    await expect(saving('a.b.c.d.e')).rejects.toThrow(code('vault.sealed_secret_invalid'));
    const cut = await sealFor(fixture, account, 'S');
    await expect(saving(cut.slice(0, -1))).rejects.toThrow(code('vault.sealed_secret_invalid'));
  });

  it('refuses halves that cannot be right, without quoting them', async () => {
    const account = newAccount();
    const saving = async (header: { apiKey: string }) =>
      fixture.vault.saveCredential({
        ...account,
        sealedSecret: await sealFor(fixture, account, 'Q', header),
        context: contextOf(account.userId),
      });
    await expect(saving({ apiKey: apiSecretOf('Q') })).rejects.toThrow(code('vault.key_equals_secret'));
    await expect(saving({ apiKey: 'too-short' })).rejects.toThrow(code('vault.api_key_format'));
    await expect(saving({ apiKey: 'too-short' })).rejects.not.toThrow(/too-short/);
    expect(await statusOf(account.userId)).toEqual([]);
  });

  it('lets many saves of one account follow each other; the last one is what signs', async () => {
    const account = newAccount();
    await Promise.all(['A', 'B', 'C', 'D'].map((letter) => save(fixture, account, letter)));
    const saved = (await fixture.events('credential-')).filter(({ data }) => data['userId'] === account.userId);
    expect(saved.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => 'CredentialSaved'));
    expect(saved.map(({ data }) => data['replaced'])).toEqual([false, true, true, true]);
    await verify(fixture, account);
    const answer = await signOne(fixture, readItem(fixture, account));
    const [{ maskedKey } = { maskedKey: '' }] = await statusOf(account.userId);
    expect(answer).toMatchObject({ ok: true });
    expect(answer?.ok === true && `${answer.apiKey.slice(0, 4)}...${answer.apiKey.slice(-4)}`).toBe(maskedKey);
  });
});

describe('the sealing key', () => {
  it('comes with the word of the vault, and is the same for every process', async () => {
    const { jwk, signed } = await fixture.vault.sealingKey();
    expect(jwk).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'enc' });
    expect(Object.keys(jwk).sort()).toEqual(['crv', 'kid', 'kty', 'use', 'x', 'y']);
    const second = await fixture.another();
    expect((await second.sealingKey()).jwk).toEqual(jwk);
    expect((await fixture.events('sealing-key-')).map(({ type }) => type)).toEqual(['SealingKeyCreated']);
    const trusted = createTrustedKeys({ 'key-vault': [fixture.publicMessageKey] });
    const expected = { trusted, ...sealingKeyMessage, issuers: ['key-vault'], maxAgeMs: 60_000, clock: fixture.clock };
    expect((await verifyMessage(signed, expected)).body).toEqual(jwk);
  });
});

describe('verifying a key', () => {
  it('records what the venue said, and makes the key sign', async () => {
    const account = newAccount();
    await save(fixture, account);
    expect(await verify(fixture, account, { ...goodKey, ipRestricted: false })).toMatchObject({
      verified: true,
      permissions: { canRead: true, canTrade: true, canWithdraw: false },
      warnings: [expect.stringContaining('any address')],
    });
    expect(await statusOf(account.userId)).toMatchObject([{ enabled: true, verified: true }]);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true });
  });

  it('disables a key that may withdraw, and says what to do', async () => {
    const account = newAccount();
    await save(fixture, account);
    await verify(fixture, account);
    const verdict = await verify(fixture, account, {
      ...goodKey,
      granted: [...goodKey.granted, 'enableWithdrawals'],
    });
    expect(verdict).toMatchObject({
      verified: false,
      code: 'vault.key_can_withdraw',
      message: expect.stringContaining('withdrawals off'),
    });
    expect(await statusOf(account.userId)).toMatchObject([{ enabled: false, verified: false, reason: 'vault.key_can_withdraw' }]);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: false, code: 'vault.credential_disabled' });
    expect(await signOne(fixture, readItem(fixture, account))).toMatchObject({ ok: true });
  });

  it('leaves a verified key alone when the venue could not be asked', async () => {
    const account = newAccount();
    await save(fixture, account);
    await verify(fixture, account);
    const verdict = await verify(fixture, account, { outcome: 'unavailable', code: 'timeout', message: 'no answer' });
    expect(verdict).toMatchObject({
      verified: false,
      code: 'vault.venue_unavailable',
      message: expect.stringContaining('timeout: no answer'),
    });
    expect(await statusOf(account.userId)).toMatchObject([{ enabled: true, verified: true, reason: 'vault.venue_unavailable' }]);
  });

  it('signs at most four strings for it, for 30 seconds, and only for its own key', async () => {
    const [account, other] = [newAccount(), newAccount()];
    await save(fixture, account);
    await save(fixture, other);
    const { verificationId } = await fixture.vault.beginVerification({ ...account, context: contextOf(account.userId) });
    const at = (shiftMs: number) => verifyItem(fixture, account, verificationId, windowOf(fixture, shiftMs));
    const answers = (await sign(fixture, [0, 1, 2, 3, 4].map(at))).items;
    expect(answers.map((answer) => (answer.ok ? 'signed' : answer.code))).toEqual([
      'signed',
      'signed',
      'signed',
      'signed',
      'vault.verification_used_up',
    ]);
    expect(await signOne(fixture, at(3))).toMatchObject({ ok: true });
    expect(await signOne(fixture, { ...at(0), ...other })).toMatchObject({ code: 'vault.verification_not_open' });
    expect(await signOne(fixture, verifyItem(fixture, account, randomUUID()))).toMatchObject({
      code: 'vault.verification_not_open',
    });
    fixture.clock.advance(30_001);
    expect(await signOne(fixture, verifyItem(fixture, account, verificationId))).toMatchObject({
      code: 'vault.verification_not_open',
    });
    await expect(
      fixture.vault.completeVerification({ verificationId, result: goodKey, context: contextOf('x') }),
    ).rejects.toThrow(code('vault.verification_not_open'));
  });

  it('believes no verdict that no signature stands behind', async () => {
    const account = newAccount();
    await save(fixture, account);
    const context = contextOf(account.userId);
    const { verificationId } = await fixture.vault.beginVerification({ ...account, context });
    await expect(fixture.vault.completeVerification({ verificationId, result: goodKey, context })).rejects.toThrow(
      code('vault.verification_unsigned'),
    );
    await expect(fixture.vault.completeVerification({ verificationId: randomUUID(), result: goodKey, context })).rejects.toThrow(
      code('vault.verification_not_open'),
    );
  });
});

describe('deleting a key', () => {
  const secretsOf = async (userId: string) =>
    (await fixture.tamper('select 1 from credential_secrets join credentials using (credential_id) where user_id = $1', [userId]))
      .length;

  it('ends trading at once, lets unknown orders be looked up for 120 seconds, then destroys the secret', async () => {
    const account = newAccount();
    await save(fixture, account);
    await verify(fixture, account);
    await erase(account);
    expect(await statusOf(account.userId)).toEqual([]);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_deleted' });
    fixture.clock.advance(119_000);
    await fixture.vault.destroyDueSecrets();
    expect(await signOne(fixture, readItem(fixture, account))).toMatchObject({ ok: true });
    fixture.clock.advance(1_000);
    expect(await signOne(fixture, readItem(fixture, account))).toMatchObject({ code: 'vault.credential_deleted' });
    expect(await secretsOf(account.userId)).toBe(1);
    await fixture.vault.destroyDueSecrets();
    expect(await secretsOf(account.userId)).toBe(0);
    await expect(erase(account)).rejects.toThrow(code('vault.credential_not_found'));
  });

  it('destroys the secret of a key that never traded in the same moment', async () => {
    const account = newAccount();
    await save(fixture, account);
    await erase(account);
    expect(await secretsOf(account.userId)).toBe(0);
  });

  it('is finished by the next start of a process that died before it could', async () => {
    const account = newAccount();
    await save(fixture, account);
    await verify(fixture, account);
    await erase(account);
    fixture.clock.advance(120_000);
    await fixture.another();
    expect(await secretsOf(account.userId)).toBe(0);
  });

  it('leaves room for another key, which starts unverified', async () => {
    const account = newAccount();
    await save(fixture, account, 'A');
    await verify(fixture, account);
    await erase(account);
    await save(fixture, account, 'B');
    fixture.clock.advance(200_000);
    await fixture.vault.destroyDueSecrets();
    expect(await secretsOf(account.userId)).toBe(1);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_unverified' });
  });
});

describe('the master key', () => {
  it('must be the one that wrote what is stored', async () => {
    await expect(fixture.another({ current: otherMasterKey() })).rejects.toThrow(code('vault.encryption_key_missing'));
  });

  it('may be another one while the former still reads', async () => {
    const account = newAccount();
    await save(fixture, account, 'M');
    await verify(fixture, account);
    const rotated = { ...fixture, vault: await fixture.another({ current: otherMasterKey(), previous: masterKey() }) };
    expect(await signOne(rotated, readItem(fixture, account))).toMatchObject({ ok: true, apiKey: apiKeyOf('M') });
    await save(rotated, account, 'N');
    await expect(fixture.another({ current: otherMasterKey() })).rejects.toThrow(code('vault.encryption_key_missing'));
    await expect(fixture.another()).rejects.toThrow(code('vault.encryption_key_missing'));
  });

  it('is refused when it does not open what it wrote itself', async () => {
    await fixture.tamper(`update key_sentinels set envelope = left(envelope, length(envelope) - 2) || 'AA'`);
    await expect(fixture.another({ current: masterKey(), previous: otherMasterKey() })).rejects.toThrow(
      code('vault.encryption_key_wrong'),
    );
  });
});
