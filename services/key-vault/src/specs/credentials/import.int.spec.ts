import { createHmac, randomBytes } from 'node:crypto';
import type { Environment, ImportRow, LegacyFormat } from '@latchkey/contracts';
import { newId, type UserId } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLegacyCipher } from '../../domain/legacy/legacy-cipher.js';
import { pemOf, rsaPair, verifies } from '../../testing/key-pairs.js';
import { olderEncrypt, olderKey, olderSpellings, type OlderSpelling } from '../../testing/older-service.js';
import {
  accountOf,
  contextOf,
  goodBybitKey,
  goodKey,
  masterKey,
  openBybitItem,
  openItem,
  otherMasterKey,
  save,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';
import type { Vault } from '../../vault.js';

let fixture: VaultFixture;
/** Holds the older service's key; `fixture.vault` does not. */
let importer: Vault;

const legacy = () => createLegacyCipher(Buffer.from(olderKey, 'latin1'));
beforeAll(async () => {
  fixture = await vaultFixture();
  importer = await fixture.another({ legacy: legacy() });
});
afterAll(() => fixture.close());

const alphanumeric = (length: number): string => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('');
};
let users = 0;
type Pair = { readonly row: ImportRow; readonly secret: string };
const pairOf = (exchange: string, spelling: OlderSpelling = {}, more: Partial<ImportRow> = {}): Pair => {
  const [keyLength, secretLength] = exchange === 'binance' ? [64, 64] : [18, 36];
  const secret = alphanumeric(secretLength);
  const row = {
    userId: `old-${(users += 1)}`,
    exchange,
    apiKey: alphanumeric(keyLength),
    secretEncrypted: olderEncrypt(secret, spelling),
    ...more,
  };
  return { row, secret };
};

type Options = { replace?: boolean; dryRun?: boolean; format?: LegacyFormat; environment?: Environment; vault?: Vault };
const importRows = async (
  rows: readonly ImportRow[],
  { replace = false, dryRun = false, environment = 'live', format, vault = importer }: Options = {},
) =>
  (
    await vault.importCredentials({
      environment,
      rows: [...rows],
      replace,
      dryRun,
      ...(format === undefined ? {} : { format }),
      context: { actor: 'operator:alice', correlationId: newId() },
    })
  ).rows;
const wordOf = (row: Awaited<ReturnType<typeof importRows>>[number]): string => (row.ok ? row.outcome : row.code);
const words = async (...args: Parameters<typeof importRows>) => (await importRows(...args)).map(wordOf);
const statusOf = async (userId: string, vault: Vault = fixture.vault) =>
  (await vault.listCredentials({ userId: userId as UserId })).credentials;
const eventsOf = async (userId: string) =>
  (await fixture.events('credential-')).filter(({ data }) => data['userId'] === userId).map(({ type, data }) => ({ type, data }));

describe('an import', () => {
  it('takes every spelling of both exchanges, tells which it was, and knows them all the second time', async () => {
    const pairs = olderSpellings.flatMap((spelling) => ['binance', 'bybit'].map((name) => pairOf(name, spelling)));
    const rows = pairs.map(({ row }) => row);
    expect(rows).toHaveLength(160);
    const first = [...(await importRows(rows.slice(0, 100))), ...(await importRows(rows.slice(100)))];
    const expected = olderSpellings.flatMap(({ format, keyDerivation }) => [
      expect.objectContaining({ outcome: 'imported', format, keyDerivation }),
      expect.objectContaining({ outcome: 'imported', format, keyDerivation }),
    ]);
    expect(first).toEqual(expected);
    const [{ count }] = (await fixture.tamper('select count(*)::int as count from events')) as [{ count: number }];
    expect(new Set([...(await words(rows.slice(0, 100))), ...(await words(rows.slice(100), { replace: true }))])).toEqual(
      new Set(['already_imported']),
    );
    expect(await fixture.tamper('select count(*)::int as count from events')).toEqual([{ count }]);
  });

  it('saves the key as unverified, on record as what the operator did', async () => {
    const { row } = pairOf('binance');
    const [result] = await importRows([row]);
    const maskedKey = `${row.apiKey.slice(0, 4)}...${row.apiKey.slice(-4)}`;
    expect(result).toMatchObject({ ok: true, maskedKey });
    expect(await statusOf(row.userId)).toEqual([
      expect.objectContaining({ exchange: 'binance', environment: 'live', maskedKey, enabled: true, verified: false }),
    ]);
    expect(await eventsOf(row.userId)).toEqual([
      { type: 'CredentialSaved', data: expect.objectContaining({ maskedKey, replaced: false, imported: true }) },
    ]);
    expect(await fixture.tamper(`select actor from events where data->>'userId' = $1`, [row.userId])).toEqual([
      { actor: 'operator:alice' },
    ]);
  });

  it.each(['binance', 'bybit'] as const)(
    'has nothing traded at %s before the venue has accepted a signature',
    async (exchange) => {
      const { row, secret } = pairOf(exchange, {}, { exchange: exchange.toUpperCase() });
      expect(await words([row])).toEqual(['imported']);
      const account = accountOf(row.userId, { exchange });
      const order = () => (exchange === 'bybit' ? openBybitItem(fixture, account, 'spot') : openItem(fixture, account));
      expect(await signOne(fixture, order())).toMatchObject({ ok: false, code: 'vault.credential_unverified' });
      expect(await verify(fixture, account, exchange === 'bybit' ? goodBybitKey : goodKey)).toMatchObject({ verified: true });
      const item = order();
      const signed = await signOne(fixture, item);
      // The very secret of the older table: the venue, which holds it too, comes to the same signature.
      const payload = item.payload.replace('{apiKey}', row.apiKey);
      const signature = createHmac('sha256', secret).update(payload).digest('hex');
      expect(signed).toMatchObject({ ok: true, apiKey: row.apiKey, signature });
    },
  );

  it('goes on when the older key is gone: what was imported needs it no more', async () => {
    const { row } = pairOf('binance');
    expect(await words([row])).toEqual(['imported']);
    await expect(importRows([row], { vault: fixture.vault })).rejects.toMatchObject({ code: 'vault.legacy_key_missing' });
    const account = accountOf(row.userId);
    expect(await verify(fixture, account)).toMatchObject({ verified: true });
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true });
  });

  it('tells each row that it cannot take by its code, and takes the others', async () => {
    const good = [pairOf('binance'), pairOf('bybit')].map(({ row }) => row);
    const equal = alphanumeric(64);
    const bad: readonly (readonly [ImportRow, string])[] = [
      [pairOf('binance', { tagBytes: 12 }).row, 'vault.import_format_unknown'],
      [pairOf('binance', {}, { secretEncrypted: 'not ciphertext' }).row, 'vault.import_format_unknown'],
      [pairOf('binance', {}, { secretEncrypted: '' }).row, 'vault.import_format_unknown'],
      [
        pairOf('bybit', {}, { secretEncrypted: `${'00'.repeat(16)}:${'11'.repeat(36)}:${'22'.repeat(16)}` }).row,
        'vault.import_not_opened',
      ],
      [pairOf('binance', {}, { apiKey: equal, secretEncrypted: olderEncrypt(equal) }).row, 'vault.key_equals_secret'],
      [pairOf('binance', {}, { apiKey: 'short' }).row, 'vault.api_key_format'],
      [pairOf('binance', {}, { secretEncrypted: olderEncrypt('short') }).row, 'vault.api_secret_format'],
      [pairOf('kraken').row, 'vault.import_exchange_unknown'],
      [pairOf('').row, 'vault.import_exchange_unknown'],
      [pairOf('binance', {}, { userId: 'someone with spaces' }).row, 'vault.import_user_invalid'],
      [pairOf('binance', {}, { userId: '' }).row, 'vault.import_user_invalid'],
    ];
    const rows = bad.flatMap(([row]) => [row, ...good.splice(0, 1)]);
    const expected = bad.flatMap(([, code], at) => (at < 2 ? [code, 'imported'] : [code]));
    expect(await words(rows)).toEqual(expected);
  });

  it('never quotes a row in what it says of it', async () => {
    const rows = [
      pairOf('binance', {}, { apiKey: 'short-but-telling' }).row,
      pairOf('kraken').row,
      pairOf('binance', { tagBytes: 8 }).row,
      pairOf('bybit', {}, { secretEncrypted: olderEncrypt('a secret of no format') }).row,
    ];
    const said = JSON.stringify(await importRows(rows));
    for (const { apiKey, secretEncrypted } of rows) {
      expect(said).not.toContain(apiKey);
      expect(said).not.toContain(secretEncrypted.slice(0, 16));
    }
    expect(said).not.toContain('a secret');
  });

  it('stores nothing in a dry run, and says what a real one would', async () => {
    const rows = [pairOf('binance').row, pairOf('binance', { tagBytes: 4 }).row, pairOf('bybit').row];
    const [{ count }] = (await fixture.tamper('select count(*)::int as count from events')) as [{ count: number }];
    expect(await words(rows, { dryRun: true })).toEqual(['imported', 'vault.import_format_unknown', 'imported']);
    expect(await fixture.tamper('select count(*)::int as count from events')).toEqual([{ count }]);
    expect(await words(rows)).toEqual(['imported', 'vault.import_format_unknown', 'imported']);
    expect(await words(rows, { dryRun: true })).toEqual(['already_imported', 'vault.import_format_unknown', 'already_imported']);
  });

  it('keeps to one format when it is told to', async () => {
    const rows = [pairOf('binance', { format: 'json' }).row, pairOf('binance', { format: 'iv:tag:text' }).row];
    expect(await words(rows, { format: 'json' })).toEqual(['imported', 'vault.import_format_unknown']);
  });

  it('imports into the environment that it is told', async () => {
    const { row } = pairOf('bybit');
    expect(await words([row], { environment: 'testnet' })).toEqual(['imported']);
    expect(await words([row])).toEqual(['imported']);
    expect((await statusOf(row.userId)).map(({ environment }) => environment)).toEqual(['live', 'testnet']);
  });
});

describe('what a user did here', () => {
  it('stays: another key, unless the operator says so', async () => {
    const { row } = pairOf('binance');
    const account = accountOf(row.userId);
    await save(fixture, account, 'B');
    const { maskedKey } = (await statusOf(row.userId))[0]!;
    expect(await words([row])).toEqual(['vault.import_key_exists']);
    expect(await words([row], { dryRun: true, replace: true })).toEqual(['replaced']);
    expect((await statusOf(row.userId))[0]).toMatchObject({ maskedKey });
    expect(await words([row], { replace: true })).toEqual(['replaced']);
    expect((await statusOf(row.userId))[0]).toMatchObject({ maskedKey: expect.not.stringMatching(maskedKey), verified: false });
    expect((await eventsOf(row.userId)).at(-1)?.data).toMatchObject({ replaced: true, imported: true });
  });

  it('stays: a key of the same row that was verified since', async () => {
    const { row } = pairOf('binance');
    await importRows([row]);
    await verify(fixture, accountOf(row.userId));
    expect(await words([row], { replace: true })).toEqual(['already_imported']);
    expect((await statusOf(row.userId))[0]).toMatchObject({ verified: true });
  });

  it('stays: a deletion', async () => {
    const { row } = pairOf('binance');
    const account = accountOf(row.userId);
    await importRows([row]);
    await fixture.vault.deleteCredential({ ...account, context: contextOf(account.userId) });
    expect(await words([row])).toEqual(['vault.import_key_deleted']);
    expect(await statusOf(row.userId)).toEqual([]);
    expect(await words([row], { replace: true })).toEqual(['imported']);
  });

  it('stays: a key that is saved in the very moment of the import', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { row } = pairOf('binance');
      const account = accountOf(row.userId);
      const [[word]] = await Promise.all([words([row]), save(fixture, account, 'C')]);
      const events = await eventsOf(row.userId);
      // Either the import was first and the user replaced it, or it saw the user's key and left it.
      expect([
        ['imported', 2],
        ['vault.import_key_exists', 1],
      ]).toContainEqual([word, events.length]);
      expect(events.at(-1)?.data).not.toHaveProperty('imported');
    }
  });

  it('stays as well when the master key changed meanwhile: the same key is known by itself', async () => {
    const { row } = pairOf('bybit');
    expect(await words([row])).toEqual(['imported']);
    const rotated = await fixture.another({ current: otherMasterKey(), previous: masterKey(), legacy: legacy() });
    expect(await words([row], { vault: rotated, replace: true })).toEqual(['already_imported']);
    expect(await words([{ ...row, apiKey: alphanumeric(18) }], { vault: rotated })).toEqual(['vault.import_key_exists']);
  });
});

it('judges the same account twice in one batch in the order of its rows', async () => {
  const { row } = pairOf('binance');
  const other = { ...pairOf('binance').row, userId: row.userId };
  expect(await words([row, row, other])).toEqual(['imported', 'already_imported', 'vault.import_key_exists']);
});

it('throws when the database is away, rather than calling a row wrong', async () => {
  const alone = await vaultFixture();
  const vault = await alone.another({ legacy: legacy() });
  const { row } = pairOf('binance');
  await alone.close();
  await expect(importRows([row], { vault })).rejects.not.toMatchObject({ code: expect.stringMatching(/^vault\./) });
});

describe('a private key in the older table', () => {
  it('is taken with its type, and signs as one that its user brings', async () => {
    const pair = rsaPair();
    const row = { ...pairOf('binance').row, secretEncrypted: olderEncrypt(pemOf(pair, 'pkcs1'), {}) };
    expect(await words([row])).toEqual(['imported']);
    const account = accountOf(row.userId);
    expect(await fixture.vault.listCredentials({ userId: account.userId })).toMatchObject({ credentials: [{ keyType: 'rsa' }] });
    await verify(fixture, account, goodKey);
    const item = openItem(fixture, account);
    const answer = await signOne(fixture, item);
    expect(answer?.ok && verifies(pair, item.payload, answer.signature)).toBe(true);
  });
});
