import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import type { Account, SignItem } from '@latchkey/contracts';
import { isAppError } from '@latchkey/kernel';
import { createRpcClient } from '@latchkey/messaging';
import { generateMessageKeyJwk, loadMessageKey, sealSecret, type MessageKey } from '@latchkey/sealing';
import { createLogger, loadConfig } from '@latchkey/service-kit';
import { fc } from '@latchkey/testkit';
import { recordTelemetry, type Recording } from '@latchkey/tracing/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyVaultConfig } from '../../config.js';
import { createKeyring } from '../../domain/encryption/keyring.js';
import { encodingNames, everythingIn, leaksIn } from '../../testing/leaks.js';
import {
  accountOf,
  contextOf,
  masterKey,
  openItem,
  readItem,
  sign,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';
import { createVault } from '../../vault.js';

let fixture: VaultFixture;
let recording: Recording;
let messageKey: MessageKey;
const logged: string[] = [];
beforeAll(async () => {
  recording = recordTelemetry();
  const { pool, clock, ...rest } = await vaultFixture();
  messageKey = await loadMessageKey('key-vault', await generateMessageKeyJwk());
  const log = createLogger({ service: 'key-vault', level: 'trace', destination: { write: (line) => void logged.push(line) } });
  const keys = createKeyring({ current: masterKey(), random: randomBytes });
  fixture = { pool, clock, ...rest, vault: createVault({ pool, keys, messageKey, log, clock }) };
});
afterAll(async () => {
  await recording.stop();
  await fixture.close();
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.split('');
// Not made simpler when one fails: a key of one letter says nothing, and each try asks the database.
const keyText = fc.noShrink(
  fc.array(fc.constantFrom(...alphabet), { minLength: 64, maxLength: 64 }).map((letters) => letters.join('')),
);

type Halves = { readonly apiKey: string; readonly apiSecret: string };
type Failing = (halves: Halves) => Promise<unknown>;

let users = 0;
const newAccount = (): Account => accountOf(`user-${(users += 1)}`);
type Recipient = Awaited<ReturnType<VaultFixture['vault']['sealingKey']>>['jwk'];
const seal = async (account: Account, { apiKey, apiSecret }: Halves, header: object = {}, recipient?: Recipient) =>
  sealSecret({
    recipient: recipient ?? (await fixture.vault.sealingKey()).jwk,
    header: { sub: account.userId, exchange: account.exchange, environment: account.environment, apiKey, ...header },
    secret: Buffer.from(apiSecret),
    clock: fixture.clock,
  });
const saving = (account: Account, sealedSecret: string) =>
  fixture.vault.saveCredential({ ...account, sealedSecret, context: contextOf(account.userId) });
/** Saves for a new account what was sealed for it, or a change of that. */
const savingNew = async (halves: Halves, header?: object, recipient?: Recipient, alter = (text: string) => text) => {
  const account = newAccount();
  return saving(account, alter(await seal(account, halves, header, recipient)));
};
const saved = async (halves: Halves): Promise<Account> => {
  const account = newAccount();
  await saving(account, await seal(account, halves));
  await verify(fixture, account);
  return account;
};
const swapped = (text: string, at: number): string => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
const strangerKey = (kid: string): Recipient => {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', use: 'enc', kid, x, y };
};
/** A refusal inside an answer counts as one. */
const refusals = async (items: readonly SignItem[], requestId?: string): Promise<never> => {
  const answers = (await sign(fixture, items, requestId)).items;
  if (answers.some(({ ok }) => ok)) throw new RangeError('signed');
  throw Object.assign(new Error('refused'), { code: answers[0]?.ok === false && answers[0].code, answers });
};
const without = async (grant: string, work: () => Promise<unknown>): Promise<unknown> => {
  await fixture.tamper(`revoke ${grant} from key_vault`);
  try {
    return await work();
  } finally {
    await fixture.tamper(`grant ${grant} to key_vault`);
  }
};

/** Every way in which a command with a secret in it fails. */
const failing: Readonly<Record<string, readonly [code: string | undefined, Failing]>> = {
  'a secret with a character too many': [
    'vault.api_secret_format',
    (halves) => savingNew({ ...halves, apiSecret: `${halves.apiSecret}!` }),
  ],
  'a secret in quotes': ['vault.api_secret_format', (halves) => savingNew({ ...halves, apiSecret: `"${halves.apiSecret}"` })],
  'a key with a blank': ['vault.api_key_format', (halves) => savingNew({ ...halves, apiKey: `${halves.apiKey} ` })],
  'the secret in both fields': ['vault.key_equals_secret', (halves) => savingNew({ ...halves, apiKey: halves.apiSecret })],
  'a secret sealed to another key': [
    'vault.sealed_secret_invalid',
    async (halves) => savingNew(halves, {}, strangerKey((await fixture.vault.sealingKey()).jwk.kid)),
  ],
  'a sealing key that is named after the secret': [
    'vault.sealed_secret_invalid',
    (halves) => savingNew(halves, {}, strangerKey(halves.apiSecret)),
  ],
  'a sealed secret that was changed': [
    'vault.sealed_secret_invalid',
    (halves) => savingNew(halves, {}, undefined, (text) => swapped(text, text.length - 30)),
  ],
  'a sealed secret that was cut': [
    'vault.sealed_secret_invalid',
    (halves) => savingNew(halves, {}, undefined, (text) => text.slice(0, -5)),
  ],
  'a secret that is not sealed at all': ['vault.sealed_secret_invalid', ({ apiSecret }) => saving(newAccount(), apiSecret)],
  'a secret in a header': [
    'vault.sealed_secret_invalid',
    ({ apiSecret }) => saving(newAccount(), `${Buffer.from(JSON.stringify({ alg: apiSecret })).toString('base64url')}.a.b.c.d`),
  ],
  'a header that is no JSON': [
    'vault.sealed_secret_invalid',
    ({ apiSecret }) => saving(newAccount(), `${Buffer.from(`{${apiSecret}`).toString('base64url')}..b.c.d`),
  ],
  'a sealed secret of another user': ['vault.sealed_secret_mismatch', (halves) => savingNew(halves, { sub: halves.apiSecret })],
  'a sealed secret for another exchange': ['vault.sealed_secret_mismatch', (halves) => savingNew(halves, { exchange: 'bybit' })],
  'a sealed secret sent twice': [
    'vault.sealed_secret_replayed',
    async (halves) => {
      const account = newAccount();
      const text = await seal(account, halves);
      await saving(account, text);
      return saving(account, text);
    },
  ],
  'a sealed secret that is too old': [
    'vault.sealed_secret_stale',
    (halves) =>
      savingNew(halves, {}, undefined, (text) => {
        fixture.clock.advance(11 * 60_000);
        return text;
      }),
  ],
  'a database that does not take the secret': [
    undefined,
    (halves) => without('insert on credential_secrets', () => savingNew(halves)),
  ],
  'a database that does not take the event': [undefined, (halves) => without('insert on events', () => savingNew(halves))],
  'a string that has the secret in it': [
    'vault.string_not_allowed',
    async (halves) => {
      const account = await saved(halves);
      return refusals([{ ...readItem(fixture, account), payload: `apiSecret=${halves.apiSecret}&apiKey=${halves.apiKey}` }]);
    },
  ],
  'a row with the secret in clear': [
    'vault.integrity_failed',
    async (halves) => {
      const account = await saved(halves);
      await fixture.tamper(
        'update credential_secrets s set api_secret = $2 from credentials c where c.credential_id = s.credential_id and user_id = $1',
        [account.userId, halves.apiSecret],
      );
      return refusals([openItem(fixture, account)]);
    },
  ],
  'a row with its halves exchanged': [
    'vault.integrity_failed',
    async (halves) => {
      const account = await saved(halves);
      await fixture.tamper(
        'update credential_secrets s set api_secret = api_key, api_key = api_secret from credentials c where c.credential_id = s.credential_id and user_id = $1',
        [account.userId],
      );
      return refusals([openItem(fixture, account)]);
    },
  ],
  'a request to sign sent twice': [
    'vault.conflict',
    async (halves) => {
      const account = await saved(halves);
      const requestId = randomUUID();
      await sign(fixture, [openItem(fixture, account)], requestId);
      return sign(fixture, [openItem(fixture, account)], requestId);
    },
  ],
  'a record that cannot be written': [
    undefined,
    async (halves) => {
      const account = await saved(halves);
      return without('insert on events', () => sign(fixture, [openItem(fixture, account)]));
    },
  ],
  'a request of another shape': [
    'rpc.bad_request',
    async ({ apiKey, apiSecret }) => {
      const broker = { connected: () => Promise.reject(new RangeError('not asked')) } as never;
      const client = createRpcClient({
        broker,
        identity: 'gateway',
        messageKey,
        log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      });
      const request = { ...newAccount(), exchange: apiSecret, [apiSecret]: apiKey, sealedSecret: { secret: apiSecret } };
      return client.call('cmd.key-vault.save-credential', request as never);
    },
  ],
  'a configuration with a wrong key': [
    'config.invalid',
    async ({ apiSecret }) =>
      loadConfig(keyVaultConfig, {
        ENCRYPTION_KEY: apiSecret,
        LATCHKEY_MESSAGE_KEY: `{"kty":"OKP","d":"${apiSecret}"}`,
        LATCHKEY_NKEY_SEED: apiSecret,
        DATABASE_URL: `mysql://key_vault:${apiSecret}@db/x`,
      }),
  ],
};

const told = async (): Promise<string> => {
  const spans = recording
    .spans()
    .map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links }));
  recording.reset();
  return [logged.splice(0).join(''), JSON.stringify(spans), JSON.stringify(await recording.metrics())].join('\n');
};

describe('a command that fails with a secret in it', () => {
  it.each(Object.entries(failing))('says nothing of it: %s', async (_what, [code, fail]) => {
    await fc.assert(
      fc.asyncProperty(keyText, keyText, async (apiKey, apiSecret) => {
        const error: unknown = await fail({ apiKey, apiSecret }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(Error);
        if (code !== undefined) expect((error as { readonly code?: unknown }).code).toBe(code);
        if (isAppError(error)) expect(error.message.length).toBeGreaterThan(20);
        const said = `${everythingIn(error)}\n${await told()}`;
        const events = JSON.stringify(await fixture.tamper('select e::text from events e order by position desc limit 12'));
        for (const half of [apiSecret, apiKey]) {
          expect(leaksIn(said, half), 'in what was said').toEqual([]);
          expect(leaksIn(events, half), 'in events').toEqual([]);
        }
      }),
      { numRuns: 4, endOnFailure: true },
    );
  });

  it('would be found in any of ten encodings, whole or in part', () => {
    expect(encodingNames.length).toBeGreaterThanOrEqual(8);
    const secret = 'Q7xZ0pLmN3bVc8RtY2uI6oA1sDfGh4Jk5WeTzXyBqUvPaSdFgHjKlMnBvCxZ1029';
    const error = new Error('outer', { cause: Object.assign(new Error('inner'), { detail: { at: [secret.slice(20, 40)] } }) });
    expect(leaksIn(everythingIn(error), secret)).toContain('raw');
    const planted: readonly [string, string][] = [
      ['hex', Buffer.from(secret).toString('hex')],
      ['hex in capitals', Buffer.from(secret).toString('hex').toUpperCase()],
      ['base64', Buffer.from(`x${secret}`).toString('base64')],
      ['base64url', Buffer.from(`xy${secret}`).toString('base64url')],
      ['reversed', Array.from(secret).toReversed().join('')],
      ['decimal bytes', [...Buffer.from(secret)].join(',')],
      ['UTF-16', Buffer.from(secret, 'utf16le').toString('hex')],
    ];
    for (const [name, text] of planted) expect(leaksIn(`before ${text} after`, secret)).toContain(name);
  });
});
