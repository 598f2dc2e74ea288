import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpOf, filesOf, holds } from './support/canary.js';
import { keyPairOf, type Market } from './support/markets.js';
import {
  book,
  control,
  follow,
  newAlert,
  newcomer,
  post,
  settledTrade,
  strategyOf,
  tokenFor,
  userOf,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

// The older service, in its own words: what its .env held, and how its api-key-encryption wrote, in every spelling that such services had.
const olderKey = randomBytes(32).toString('hex');
const rawKey = Buffer.from(olderKey, 'hex');
const derivedKey = pbkdf2Sync(olderKey, 'api-key-salt', 100_000, 32, 'sha256');
const encrypted = (secret: string, key: Buffer, ivBytes: number) => {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  let text = cipher.update(secret, 'utf8', 'hex');
  text += cipher.final('hex');
  return { iv, text: Buffer.from(text, 'hex'), tag: cipher.getAuthTag() };
};
const hex = (...parts: readonly Buffer[]): string => parts.map((part) => part.toString('hex')).join(':');
const spellings: readonly ((secret: string) => string)[] = [
  (secret) => {
    const { iv, text, tag } = encrypted(secret, derivedKey, 16); // the service that the guide is of
    return hex(iv, text, tag);
  },
  (secret) => {
    const { iv, text, tag } = encrypted(secret, rawKey, 12);
    return hex(iv, tag, text);
  },
  (secret) => {
    const { iv, text, tag } = encrypted(secret, rawKey, 16);
    return [iv, tag, text].map((part) => part.toString('base64')).join(':');
  },
  (secret) => {
    const { iv, text, tag } = encrypted(secret, rawKey, 12);
    return Buffer.concat([iv, tag, text]).toString('base64');
  },
  (secret) => {
    const { iv, text, tag } = encrypted(secret, rawKey, 16);
    return Buffer.concat([iv, text, tag]).toString('hex');
  },
  (secret) => {
    const { iv, text, tag } = encrypted(secret, derivedKey, 12);
    return JSON.stringify({ iv: iv.toString('hex'), encryptedData: text.toString('hex'), authTag: tag.toString('hex') });
  },
];

type Key = {
  readonly exchange: Market['exchange'];
  readonly apiKey: string;
  readonly secret: string;
  readonly ciphertext: string;
};
type OlderUser = { readonly id: number; readonly mode: string; readonly keys: readonly Key[]; readonly word: string };

const flipped = (ciphertext: string): string =>
  ciphertext.replace(/[0-9a-f](?=[^0-9a-f]*$)/, (digit) => (digit === '0' ? '1' : '0'));
const damages: Readonly<Record<string, (key: Key) => Key>> = {
  'vault.import_not_opened': (key) => ({ ...key, ciphertext: flipped(spellings[0]!(key.secret)) }),
  'vault.import_format_unknown': (key) => ({
    ...key,
    ciphertext: spellings[1]!(key.secret).replace(/:[0-9a-f]{32}:/, ':00112233:'),
  }),
  'vault.key_equals_secret': (key) => ({ ...key, ciphertext: spellings[0]!(key.apiKey) }),
  'vault.api_secret_format': (key) => ({ ...key, ciphertext: spellings[0]!(`${key.secret.slice(1)} `) }),
  'vault.api_key_format': (key) => ({ ...key, apiKey: key.apiKey.replace(/^./, '-') }),
  'import.incomplete': (key) => ({ ...key, ciphertext: '' }),
};

const keyOf = (exchange: Market['exchange'], n: number): Key => {
  const { apiKey, apiSecret } = keyPairOf({ exchange, marketType: 'spot' });
  return { exchange, apiKey, secret: apiSecret, ciphertext: spellings[n % spellings.length]!(apiSecret) };
};

// 300 users: every twentieth has a damaged key (of one kind after the other), every thirtieth traded in another mode.
const users: readonly OlderUser[] = Array.from({ length: 300 }, (_, i): OlderUser => {
  const id = i + 1;
  const exchanges = id % 3 === 0 ? (['binance', 'bybit'] as const) : id % 2 === 0 ? (['binance'] as const) : (['bybit'] as const);
  const keys = exchanges.map((exchange, n) => keyOf(exchange, i + n));
  if (id % 30 === 29) return { id, mode: id % 60 === 29 ? 'POOLED' : 'HYBRID', keys, word: 'import.mode_not_personal' };
  if (id % 20 !== 10) return { id, mode: 'PERSONAL', keys, word: 'imported' };
  const [code, damage] = Object.entries(damages)[Math.floor(id / 20) % 6]!;
  return { id, mode: 'PERSONAL', keys: keys.map(damage), word: code };
});
const settled = new Map<number, string>();
const wordOf = ({ id, word }: OlderUser): string => settled.get(id) ?? word;
const count = (of: (word: string) => boolean): number =>
  users.filter((user) => of(wordOf(user))).reduce((sum, { keys }) => sum + keys.length, 0);

const refusalsOf = (): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const user of users)
    if (wordOf(user) !== 'imported') counts[wordOf(user)] = (counts[wordOf(user)] ?? 0) + user.keys.length;
  return counts;
};

// The first five stand twice in the table.
const twice = users.slice(0, 5);
const once = users.slice(5);

const id = (user: OlderUser): string => `old-${user.id}`;
const marketOf = ({ exchange }: Key): Market => ({ exchange, marketType: 'spot' });

describe('an older table', () => {
  let stack: Stack;
  let folder: string;
  let keyFile: string;
  let olderUrl: string;
  let home: string;
  /** Among the users: one with a good key at Binance, one at Bybit, and one who saved another key here before. */
  const binance = once.find(({ word, keys }) => word === 'imported' && keys.length === 1 && keys[0]!.exchange === 'binance')!;
  const bybit = once.find(({ word, keys }) => word === 'imported' && keys.length === 1 && keys[0]!.exchange === 'bybit')!;
  const early = once.findLast(({ word, keys }) => word === 'imported' && keys.length === 1 && keys[0]!.exchange === 'binance')!;

  const olderDatabase = (): string => {
    const url = new URL(stack.description().postgres.admin);
    url.pathname = '/older_service';
    return url.href;
  };
  const imported = async (...more: readonly string[]) => {
    const args = ['keys', 'import', '--from', olderUrl, '--user-prefix', 'old-', '--json', ...more];
    const { code, stdout, stderr } = await stack.cli(...args);
    return { code, stderr, answer: JSON.parse(stdout || '{}') as Record<string, unknown> };
  };
  const person = async (user: OlderUser): Promise<User> =>
    userOf(stack, id(user), await tokenFor(stack, id(user)), marketOf(user.keys[0]!));
  const statusOf = async (user: OlderUser) =>
    (await (await person(user)).api('GET', `/api/user-api-keys/${user.keys[0]!.exchange}/status`)).body;
  const atTheVenue = async ({ exchange, apiKey, secret: apiSecret }: Key): Promise<void> => {
    expect((await control(stack, 'POST', '/accounts', { exchange, apiKey, apiSecret })).status).toBeLessThan(300);
  };
  const trades = async (user: OlderUser): Promise<void> => {
    const who = await person(user);
    const strategy = await strategyOf(who, `of ${id(user)} at ${Date.now()}`);
    await follow(who, strategy);
    const taken = await post(stack, strategy, newAlert());
    expect(await settledTrade(who, taken.body['signalId'] as string)).toMatchObject({ status: 'filled' });
    expect((await book(stack, user.keys[0]!.apiKey)).at(-1)).toMatchObject({ symbol: 'BTCUSDT' });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-older-'));
    keyFile = join(folder, 'older-encryption-key');
    writeFileSync(keyFile, `${olderKey}\n`, { mode: 0o600 });
    stack = await startStack({ LEGACY_ENCRYPTION_KEY_FILE: keyFile, LOG_LEVEL: 'debug' });
    home = stack.home;
    const url = new URL(stack.description().postgres.admin);
    olderUrl = olderDatabase();
    const admin = new Client({ connectionString: url.href });
    await admin.connect();
    await admin.query('create database older_service');
    await admin.end();
    const older = new Client({ connectionString: olderUrl });
    await older.connect();
    await older.query('create table users (id int, email text)');
    // As the older service's migration has it (add-user-api-keys.sql).
    await older.query(`alter table users add column bybit_api_key varchar(255), add column bybit_api_secret_encrypted text,
      add column binance_api_key varchar(255), add column binance_api_secret_encrypted text,
      add column trading_mode varchar(50) default 'PERSONAL'`);
    const insert = async ({ id: userId, mode, keys }: Omit<OlderUser, 'word'>): Promise<void> => {
      const [one, other] = [
        keys.find(({ exchange }) => exchange === 'bybit'),
        keys.find(({ exchange }) => exchange === 'binance'),
      ];
      await older.query('insert into users values ($1, $2, $3, $4, $5, $6, $7)', [
        userId,
        `${userId}@example.org`,
        one?.apiKey,
        one?.ciphertext,
        other?.apiKey,
        other?.ciphertext,
        mode,
      ]);
    };
    for (const user of users) await insert(user);
    // Twice in the table, the second time with other keys: which of them is meant nobody can know.
    for (const user of twice) await insert({ ...user, keys: user.keys.map(({ exchange }) => keyOf(exchange, 3)) });
    await older.end();

    await newcomer(stack, id(early), undefined, marketOf(early.keys[0]!));
    settled.set(early.id, 'vault.import_key_exists');
  });
  afterAll(async () => {
    await stack?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is tried first: the dry run says what would happen, and nothing has', async () => {
    const { code, answer } = await imported('--dry-run');
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      dryRun: true,
      imported: count((word) => word === 'imported'),
      replaced: 0,
      alreadyImported: 0,
    });
    expect(answer['notTaken']).toMatchObject(refusalsOf());
    expect(await statusOf(binance)).toMatchObject({ has_key: false });
    // An export of the same table gives the same, under the ids that a map gives its users.
    const older = new Client({ connectionString: olderUrl });
    await older.connect();
    const { rows } = await older.query<{ line: string }>('select row_to_json(u)::text as line from users u order by id');
    await older.end();
    const [file, map] = [join(folder, 'users.jsonl'), join(folder, 'map.csv')];
    writeFileSync(file, rows.map(({ line }) => line).join('\n'));
    writeFileSync(map, users.map((user) => `${user.id},${id(user)}`).join('\n'));
    const exported = await stack.cli('keys', 'import', '--file', file, '--user-map', map, '--dry-run', '--json');
    expect(JSON.parse(exported.stdout)).toEqual(answer);
  });

  it('is imported, each key that it cannot take told by its code, in a report without keys', async () => {
    const path = join(folder, 'report.jsonl');
    const { code, answer } = await imported('--report', path);
    expect(code).toBe(0);
    const duplicates = twice.reduce((sum, { keys }) => sum + keys.length, 0);
    expect(answer).toMatchObject({ dryRun: false, imported: count((word) => word === 'imported'), alreadyImported: 0 });
    expect(answer['notTaken']).toEqual({
      ...refusalsOf(),
      'import.duplicate_account': duplicates,
      'import.no_key': (users.length + 5) * 2 - users.reduce((sum, { keys }) => sum + keys.length, 0) - duplicates,
    });
    const report = readFileSync(path, 'utf8');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(report.trim().split('\n')).toHaveLength((users.length + 5) * 2);
    for (const { keys } of users)
      for (const { apiKey, secret, ciphertext } of keys) {
        expect(report).not.toContain(apiKey);
        expect(report).not.toContain(secret);
        if (ciphertext !== '') expect(report).not.toContain(ciphertext.slice(0, 24));
      }
    expect(await statusOf(binance)).toMatchObject({ has_key: true, enabled: true, verified: false });
  });

  it('is imported once: a second run changes nothing', async () => {
    const { answer } = await imported();
    expect(answer).toMatchObject({ imported: 0, replaced: 0, alreadyImported: count((word) => word === 'imported') });
  });

  it("stands in each user's own trail as what the operator did", async () => {
    await eventually(async () => {
      const { stdout } = await stack.cli('audit', 'list', '--user', id(binance), '--json');
      expect(JSON.parse(stdout)).toContainEqual(
        expect.objectContaining({ type: 'CredentialSaved', actor: expect.stringMatching(/^operator:/) }),
      );
    });
  });

  it('trades once its keys are verified at the venue, and not before', async () => {
    for (const user of [binance, bybit]) {
      await atTheVenue(user.keys[0]!);
      const strategy = await strategyOf(await person(user));
      await follow(await person(user), strategy);
      const early_ = await post(stack, strategy, newAlert());
      expect((await settledTrade(await person(user), early_.body['signalId'] as string)).status).not.toBe('filled');
      expect(await book(stack, user.keys[0]!.apiKey)).toEqual([]);
    }
    const few = join(folder, 'few.jsonl');
    const lines = readFileSync(join(folder, 'report.jsonl'), 'utf8').trim().split('\n');
    const ids = new Set([binance, bybit].map(id));
    writeFileSync(few, lines.filter((line) => ids.has((JSON.parse(line) as { userId: string }).userId)).join('\n'));
    const { code, stdout } = await stack.cli('keys', 'verify', '--report', few, '--json');
    const verified = (user: OlderUser) => ({ userId: id(user), exchange: user.keys[0]!.exchange, ok: true, warnings: [] });
    const inOrder = [binance, bybit].toSorted((one, other) => one.id - other.id);
    expect({ code, results: JSON.parse(stdout) as unknown }).toEqual({ code: 0, results: inOrder.map(verified) });
    for (const user of [binance, bybit]) await trades(user);
  });

  it('leaves the key of a user who saved another one here, unless the operator says otherwise', async () => {
    const masked = (await statusOf(early))['masked_key'];
    expect(masked).not.toBe(`${early.keys[0]!.apiKey.slice(0, 4)}...${early.keys[0]!.apiKey.slice(-4)}`);
    const { answer } = await imported('--replace', '--dry-run');
    expect(answer).toMatchObject({ imported: 0, replaced: 1 });
    expect(await statusOf(early)).toMatchObject({ masked_key: masked });
  });

  it('leaves no secret and no ciphertext of the older service anywhere', async () => {
    const found: string[] = [];
    const sweep = (where: string, content: Buffer): void => {
      for (const { keys } of users)
        for (const { secret, ciphertext } of keys)
          if (holds(content, secret) || (ciphertext !== '' && content.includes(ciphertext))) found.push(where);
      if (content.includes(olderKey)) found.push(`${where}: the key`);
    };
    const admin = new URL(stack.description().postgres.admin);
    for (const database of Object.keys(stack.description().postgres.databases)) {
      admin.pathname = `/${database.replaceAll('-', '_')}`;
      sweep(database, await dumpOf(admin.href));
    }
    sweep('logs', filesOf(join(home, 'logs')));
    sweep('broker', filesOf(join(home, 'nats')));
    expect(found).toEqual([]);
    // And what is there would be seen.
    sweep('planted', Buffer.from(`${binance.keys[0]!.ciphertext} ${olderKey}`));
    sweep('planted in base64', Buffer.from(Buffer.from(`the secret is ${bybit.keys[0]!.secret}`).toString('base64')));
    expect(found).toEqual(['planted', 'planted: the key', 'planted in base64']);
  });

  it('is needed no more: without its key the vault imports nothing, and what was imported trades on', async () => {
    await stack.stop();
    rmSync(keyFile);
    stack = await startStack({ LOG_LEVEL: 'debug' }, home);
    olderUrl = olderDatabase(); // on another port now
    const { code, answer } = await imported();
    expect({ code, answer }).toMatchObject({ code: 1, answer: { error: { code: 'vault.legacy_key_missing' } } });
    for (const user of [binance, bybit]) {
      await atTheVenue(user.keys[0]!);
      expect((await stack.cli('keys', 'verify', '--user', id(user), '--exchange', user.keys[0]!.exchange)).code).toBe(0);
      await trades(user);
    }
  });
});

describe('a key that is added at the command line', () => {
  let stack: Stack;
  let folder: string;
  beforeAll(async () => {
    stack = await startStack();
    folder = mkdtempSync(join(tmpdir(), 'latchkey-add-'));
  });
  afterAll(async () => {
    await stack?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is saved and verified, its secret sealed on the way; with another pinned key nothing leaves', async () => {
    const key = keyOf('binance', 0);
    const secretFile = join(folder, 'secret');
    writeFileSync(secretFile, `${key.secret}\n`, { mode: 0o600 });
    await control(stack, 'POST', '/accounts', { exchange: key.exchange, apiKey: key.apiKey, apiSecret: key.secret });
    const args = ['keys', 'add', '--user', 'adder', '--exchange', 'binance', '--api-key', key.apiKey];
    const add = (...more: readonly string[]) => stack.cli(...args, '--secret-file', secretFile, '--json', ...more);

    const { keys } = stack.description() as unknown as { keys: { trusted: string } };
    const pinned = JSON.parse(readFileSync(keys.trusted, 'utf8')) as Record<string, unknown>;
    const wrong = join(folder, 'pinned.json');
    writeFileSync(wrong, JSON.stringify({ 'key-vault': pinned['gateway'] }));
    const refused = await add('--trusted-keys', wrong);
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([1, { error: { code: 'sealing.key_untrusted' } }]);
    const adder = userOf(stack, 'adder', await tokenFor(stack, 'adder'));
    expect((await adder.api('GET', '/api/user-api-keys/binance/status')).body).toMatchObject({ has_key: false });

    const taken = await add();
    expect([taken.code, JSON.parse(taken.stdout)]).toEqual([
      0,
      {
        user: 'adder',
        exchange: 'binance',
        environment: 'live',
        maskedKey: `${key.apiKey.slice(0, 4)}...${key.apiKey.slice(-4)}`,
      },
    ]);
    expect((await stack.cli('keys', 'verify', '--user', 'adder', '--exchange', 'binance')).code).toBe(0);
    expect((await adder.api('GET', '/api/user-api-keys/binance/status')).body).toMatchObject({ has_key: true, verified: true });
  });
});
