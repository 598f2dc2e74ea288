import type { Account, SignItem } from '@latchkey/contracts';
import { sealSecret } from '@latchkey/sealing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ed25519Pair, pemOf, rsaPair, verifies, type Pair } from '../../testing/key-pairs.js';
import {
  accountOf,
  apiKeyOf,
  contextOf,
  goodBybitKey,
  goodKey,
  openBybitItem,
  openItem,
  readItem,
  save,
  sign,
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
const newAccount = (more: Parameters<typeof accountOf>[1] = {}) => accountOf(`holder-${(users += 1)}`, more);
const code = (value: string) => expect.objectContaining({ code: value });

const saveKey = async (account: Account, apiKey: string, secret: string) => {
  const { jwk } = await fixture.vault.sealingKey();
  const header = { sub: account.userId, exchange: account.exchange, environment: account.environment, apiKey };
  const sealedSecret = await sealSecret({ recipient: jwk, header, secret: Buffer.from(secret), clock: fixture.clock });
  return fixture.vault.saveCredential({ ...account, sealedSecret, context: contextOf(account.userId) });
};
const statusOf = async ({ userId }: Account) => (await fixture.vault.listCredentials({ userId })).credentials;
const streamItem = (account: Account): SignItem => ({
  ...account,
  marketType: 'spot',
  purpose: 'stream',
  payload: `apiKey={apiKey}&recvWindow=5000&timestamp=${fixture.clock.now()}`,
});

const bybitKey = 'abcdefghijklmnopqr';
const venues = [
  { exchange: 'binance', apiKey: apiKeyOf('P'), good: goodKey, open: (account: Account) => openItem(fixture, account) },
  {
    exchange: 'bybit',
    apiKey: bybitKey,
    good: goodBybitKey,
    open: (account: Account) => openBybitItem(fixture, account, 'linear'),
  },
] as const;
const rows: readonly (readonly [string, 'ed25519' | 'rsa', Pair, (typeof venues)[number]])[] = [
  ['Binance with Ed25519', 'ed25519', ed25519Pair(), venues[0]],
  ['Binance with RSA of 2048 bits', 'rsa', rsaPair(), venues[0]],
  ['Binance with RSA of 4096 bits', 'rsa', rsaPair(4_096), venues[0]],
  ['Bybit with RSA of 2048 bits', 'rsa', rsaPair(), venues[1]],
  ['Bybit with RSA of 4096 bits', 'rsa', rsaPair(4_096), venues[1]],
];

describe.each(rows)('a key of %s that its user brings', (_what, keyType, pair, { exchange, apiKey, good, open }) => {
  it('is shown with its type, signs what its public half verifies, and leaves no byte of the private half in clear', async () => {
    const account = newAccount({ exchange });
    await saveKey(account, apiKey, pemOf(pair));
    expect(await verify(fixture, account, good)).toMatchObject({ verified: true });
    expect(await statusOf(account)).toMatchObject([{ keyType, verified: true }]);
    const items = [open(account), open(account)];
    const answers = (await sign(fixture, items)).items;
    for (const [i, answer] of answers.entries()) {
      expect(answer).toMatchObject({ ok: true, apiKey });
      const payload = (items[i]?.payload ?? '').replace('{apiKey}', apiKey);
      expect(answer.ok && verifies(pair, payload, answer.signature)).toBe(true);
    }
    const der = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    const middle = der.subarray(20, 44);
    for (const table of ['credentials', 'credential_secrets', 'events', 'used_sealed_secrets', 'key_pairs']) {
      const text = JSON.stringify(await fixture.tamper(`select * from ${table}`));
      expect(text).not.toContain('PRIVATE KEY');
      for (const alignment of [0, 1, 2]) expect(text).not.toContain(middle.subarray(alignment).toString('base64').slice(0, 24));
      expect(text).not.toContain(middle.toString('hex'));
    }
    const saved = (await fixture.events('credential-')).find(({ data }) => data['userId'] === account.userId);
    expect(saved).toMatchObject({ type: 'CredentialSaved', data: { keyType, replaced: false } });
    expect(saved?.data).not.toHaveProperty('publicKeyDigest');
  });
});

describe('a key that is none', () => {
  const plain = apiKeyOf('R');
  it.each([
    ['an RSA key that is too small', plain, 'binance', pemOf(rsaPair(1_024)), 'vault.private_key_size'],
    ['Ed25519 at Bybit', bybitKey, 'bybit', pemOf(ed25519Pair()), 'vault.key_type_not_at_exchange'],
    ['a PEM with something behind', plain, 'binance', `${pemOf(ed25519Pair())}canary`, 'vault.private_key_malformed'],
  ] as const)('is refused: %s', async (_what, apiKey, exchange, secret, refusal) => {
    const account = newAccount({ exchange });
    const refused = saveKey(account, apiKey, secret);
    await expect(refused).rejects.toThrow(code(refusal));
    await expect(refused).rejects.not.toThrow(/canary|BEGIN PRIVATE KEY-----\n/);
    expect(await statusOf(account)).toEqual([]);
  });
});

describe('a batch of all types', () => {
  it('is answered item by item', async () => {
    const pairs = new Map<string, Pair>();
    const items: SignItem[] = [];
    for (const [, keyType, pair, { exchange, apiKey, good }] of rows.slice(0, 4)) {
      const account = newAccount({ exchange });
      await saveKey(account, apiKey, pemOf(pair));
      await verify(fixture, account, good);
      pairs.set(account.userId, pair);
      items.push(exchange === 'bybit' ? openBybitItem(fixture, account, 'spot') : openItem(fixture, account));
      expect(keyType).toMatch(/ed25519|rsa/);
    }
    const unverified = newAccount();
    await saveKey(unverified, apiKeyOf('U'), pemOf(ed25519Pair()));
    items.push(openItem(fixture, unverified));
    const answers = (await sign(fixture, items)).items;
    for (const [i, answer] of answers.slice(0, 4).entries()) {
      const { userId = '', payload = '' } = items[i] ?? {};
      const pair = pairs.get(userId);
      expect(answer.ok && pair && verifies(pair, payload.replace('{apiKey}', answer.apiKey), answer.signature)).toBe(true);
    }
    expect(answers[4]).toMatchObject({ ok: false, code: 'vault.credential_unverified' });
  });
});

describe('a stream', () => {
  it('is opened with HMAC and RSA keys, and never with Ed25519', async () => {
    const [withSecret, rsaOwner, ed25519Owner] = [newAccount(), newAccount(), newAccount()];
    const rsa = rsaPair();
    await save(fixture, withSecret, 'S');
    await saveKey(rsaOwner, apiKeyOf('X'), pemOf(rsa));
    await saveKey(ed25519Owner, apiKeyOf('E'), pemOf(ed25519Pair()));
    expect(await signOne(fixture, streamItem(withSecret))).toMatchObject({ code: 'vault.credential_unverified' });
    for (const account of [withSecret, rsaOwner, ed25519Owner]) await verify(fixture, account);
    expect(await signOne(fixture, streamItem(withSecret))).toMatchObject({
      ok: true,
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const opened = await signOne(fixture, streamItem(rsaOwner));
    const string = `apiKey=${apiKeyOf('X')}&recvWindow=5000&timestamp=${fixture.clock.now()}`;
    expect(opened?.ok && verifies(rsa, string, opened.signature)).toBe(true);
    expect(await signOne(fixture, streamItem(ed25519Owner))).toMatchObject({ ok: false, code: 'vault.stream_not_signed' });
    const decided = (await fixture.events('signatures-')).flatMap(
      ({ data }) => data['items'] as { purpose: string; outcome: string }[],
    );
    expect(decided.filter(({ purpose }) => purpose === 'stream').map(({ outcome }) => outcome)).toEqual([
      'vault.credential_unverified',
      'signed',
      'signed',
      'vault.stream_not_signed',
    ]);
  });
});

describe('a row that calls its key something else', () => {
  it.each(['hmac', 'rsa', undefined])('is damaged, and opens no stream (%s)', async (keyType) => {
    const account = newAccount();
    const { credentialId } = await saveKey(account, apiKeyOf('T'), pemOf(ed25519Pair()));
    await verify(fixture, account);
    const state = keyType === undefined ? `state - 'keyType'` : `state || '{"keyType": "${keyType}"}'`;
    await fixture.tamper(`update credentials set state = ${state} where credential_id = $1`, [credentialId]);
    expect(await signOne(fixture, streamItem(account))).toMatchObject({ ok: false, code: 'vault.integrity_failed' });
    expect(await signOne(fixture, readItem(fixture, account))).toMatchObject({ ok: false, code: 'vault.integrity_failed' });
    const last = (await fixture.events('credential-')).at(-1);
    expect(last).toMatchObject({ type: 'CredentialIntegrityFailed', data: { field: 'key_type' } });
  });

  it('gains nothing for a key with a secret either', async () => {
    const account = newAccount();
    const { credentialId } = await save(fixture, account, 'H');
    await verify(fixture, account);
    await fixture.tamper(`update credentials set state = state || '{"keyType": "ed25519"}' where credential_id = $1`, [
      credentialId,
    ]);
    expect(await signOne(fixture, readItem(fixture, account))).toMatchObject({ ok: false, code: 'vault.integrity_failed' });
  });
});
