import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpOf, filesOf } from './support/canary.js';
import { binanceSpot, markets, type Market } from './support/markets.js';
import {
  book,
  control,
  follow,
  newAlert,
  post,
  settledTrade,
  strategyOf,
  tokenFor,
  userOf,
  type Answer,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';
import { holdsKey, storedEd25519Key } from './support/vault-secret.js';

const services = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;
const masterKey = randomBytes(32).toString('hex');

let stack: Stack;
let observer: NatsConnection;
const messages: Buffer[] = [];
beforeAll(async () => {
  stack = await startStack({ LOG_LEVEL: 'debug', ENCRYPTION_KEY: masterKey });
  const { nats } = stack.description();
  observer = await connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(readFileSync(nats.users['observer']?.seedFile as string)),
    inboxPrefix: '_INBOX_observer',
  });
  observer.subscribe('>', { callback: (_error, message) => void messages.push(Buffer.from(message.data)) });
  await observer.flush();
});
afterAll(async () => {
  await observer?.close();
  await stack?.dispose();
});

const databaseOf = (service: string): string => {
  const url = new URL(stack.description().postgres.admin);
  url.pathname = `/${service.replaceAll('-', '_')}`;
  return url.href;
};

/** One alert of an own strategy that the user follows there, as far as it got. */
const alerted = async (user: User, market: Market) => {
  const strategy = await strategyOf(user);
  await follow({ ...user, market }, strategy);
  const taken = await post(stack, strategy, newAlert());
  expect(taken.status).toBe(202);
  return settledTrade(user, taken.body['signalId'] as string);
};

const becomesOneOrder = async (user: User, market: Market): Promise<void> => {
  const trade = await alerted(user, market);
  expect(trade).toMatchObject({ status: 'filled' });
  const orders = (await book(stack, user.apiKey)).filter(({ market: at }) => at === market.marketType);
  expect(orders).toMatchObject([{ clientOrderId: trade.clientOrderId, side: 'buy' }]);
};

describe('a key that is made in the vault', () => {
  const root = '/api/user-api-keys/binance';
  const answers: string[] = [];
  let user: User;
  let publicKey: string;
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await user.api(method, path, body);
    answers.push(answer.text);
    return answer;
  };
  beforeAll(async () => {
    user = userOf(stack, 'maker', await tokenFor(stack, 'maker'));
  });

  it('shows its public half, signed by the vault', async () => {
    const { status, body } = await ask('POST', `${root}/generate`);
    expect(status).toBe(200);
    publicKey = body['publicKey'] as string;
    expect(createPublicKey(publicKey).asymmetricKeyType).toBe('ed25519');
    const [, payload = ''] = (body['signed'] as string).split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      body: { userId: 'maker', exchange: 'binance', environment: 'live', publicKey, expiresAt: body['expiresAt'] },
    });
    expect((await ask('GET', `${root}/status`)).body).toEqual({ success: true, has_key: false });
  });

  it('is refused while the exchange does not know it, and trades nothing', async () => {
    expect(await ask('POST', `${root}/activate`, { apiKey: user.apiKey })).toMatchObject({
      status: 422,
      body: { success: false, error: { code: 'vault.key_refused' } },
    });
    expect((await ask('GET', `${root}/status`)).body).toMatchObject({ has_key: true, verified: false, keyType: 'ed25519' });
    expect(await alerted(user, binanceSpot)).toMatchObject({ status: 'denied' });
  });

  it('is activated once the public key is registered there', async () => {
    const { apiKey } = user;
    expect((await control(stack, 'POST', '/accounts', { exchange: 'binance', apiKey, publicKey })).status).toBe(201);
    expect(await ask('POST', `${root}/activate`, { apiKey })).toMatchObject({
      status: 200,
      body: {
        success: true,
        masked_key: `${apiKey.slice(0, 4)}...${apiKey.slice(-4)}`,
        permissions: { can_read: true, can_trade: true, can_withdraw: false },
      },
    });
    expect((await ask('GET', `${root}/status`)).body).toMatchObject({ enabled: true, verified: true, keyType: 'ed25519' });
    expect((await ask('POST', `${root}/activate`, { apiKey: 'x'.repeat(64) })).body).toMatchObject({
      error: { code: 'vault.key_pair_not_found' },
    });
  });

  it('turns an alert into one filled order, on spot and on futures', async () => {
    await becomesOneOrder(user, binanceSpot);
    await becomesOneOrder(user, { exchange: 'binance', marketType: 'linear' });
  });

  it('is on the record, from its making on', async () => {
    const of = ({ body }: Answer) => (body['entries'] as { type: string }[]).map(({ type }) => type);
    await eventually(async () => {
      const types = of(await ask('GET', '/api/audit?limit=200'));
      for (const type of ['KeyPairGenerated', 'CredentialSaved', 'CredentialVerified', 'KeyPairDestroyed'])
        expect(types).toContain(type);
    });
  });

  // The one readable copy is what the vault's database and master key give together: that is opened here, and looked for everywhere else.
  it('has a private half that stands nowhere outside of the vault, in no form; a planted one is found', async () => {
    const { seed, publicKey: stored } = await storedEd25519Key(databaseOf('key-vault'), masterKey, user.id);
    expect(stored.equals(createPublicKey(publicKey))).toBe(true);
    const places: [string, Buffer][] = [
      ['answers', Buffer.from(answers.join('\n'))],
      ['messages', Buffer.concat(messages)],
      ['logs', filesOf(join(stack.home, 'logs'))],
      ['the broker', filesOf(join(stack.home, 'nats'))],
    ];
    for (const service of services) places.push([`the database of ${service}`, await dumpOf(databaseOf(service))]);
    expect(messages.length).toBeGreaterThan(50);
    const planted = Buffer.from(`{"pkcs8":"${Buffer.concat([Buffer.from('302e020100', 'hex'), seed]).toString('base64')}"}`);
    for (const [where, bytes] of places) {
      expect(bytes.length, where).toBeGreaterThan(500);
      expect(holdsKey(bytes, seed), where).toBe(false);
      expect(bytes.includes('PRIVATE KEY-----'), where).toBe(false);
      expect(holdsKey(Buffer.concat([bytes, planted]), seed), `planted in ${where}`).toBe(true);
    }
  });

  it('is gone with DELETE', async () => {
    expect((await ask('DELETE', root)).status).toBe(200);
    expect((await ask('GET', `${root}/status`)).body).toEqual({ success: true, has_key: false });
    expect(await alerted(user, binanceSpot)).toMatchObject({ status: 'denied' });
  });

  it('is not to be had at Bybit', async () => {
    expect(await ask('POST', '/api/user-api-keys/bybit/generate')).toMatchObject({
      status: 422,
      body: { error: { code: 'vault.key_type_not_at_exchange' } },
    });
  });
});

const pem = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } } as const;
const pairOf = {
  ed25519: () => generateKeyPairSync('ed25519', pem),
  rsa: () => generateKeyPairSync('rsa', { modulusLength: 2_048, ...pem }),
};

describe.each(
  markets.flatMap((market) =>
    (market.exchange === 'binance' ? (['ed25519', 'rsa'] as const) : (['rsa'] as const)).map((keyType) => ({
      ...market,
      keyType,
    })),
  ),
)('an $keyType key that its user brings to $exchange, on $marketType', ({ keyType, ...market }) => {
  it('is saved, verified, and trades', async () => {
    const id = `${keyType}-${market.exchange}-${market.marketType}`;
    const user = userOf(stack, id, await tokenFor(stack, id), market);
    const { publicKey, privateKey } = pairOf[keyType]();
    const { exchange } = market;
    const { apiKey } = user;
    expect((await control(stack, 'POST', '/accounts', { exchange, apiKey, publicKey })).status).toBe(201);
    const root = `/api/user-api-keys/${exchange}`;
    expect(await user.api('POST', root, { apiKey, apiSecret: privateKey })).toMatchObject({ status: 200 });
    expect(await user.api('POST', `${root}/verify`)).toMatchObject({ status: 200, body: { permissions: { can_trade: true } } });
    expect((await user.api('GET', `${root}/status`)).body).toMatchObject({ keyType, verified: true });
    await becomesOneOrder(user, market);
  });
});

describe('a PEM that is no key of an exchange', () => {
  it.each([
    [
      'one with a passphrase',
      'vault.private_key_encrypted',
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nCANARY\n-----END ENCRYPTED PRIVATE KEY-----',
    ],
    ['one on a curve', 'vault.private_key_unsupported', '-----BEGIN EC PRIVATE KEY-----\nCANARY\n-----END EC PRIVATE KEY-----'],
    ['a part of one', 'vault.private_key_malformed', '-----BEGIN PRIVATE KEY-----\nCANARY'],
  ])('%s is refused with what to do, and not quoted', async (_what, code, apiSecret) => {
    const user = userOf(stack, 'careless', await tokenFor(stack, 'careless'));
    const answer = await user.api('POST', '/api/user-api-keys/binance', { apiKey: user.apiKey, apiSecret });
    expect(answer).toMatchObject({ status: 422, body: { error: { code } } });
    expect(answer.text).not.toContain('CANARY');
  });
});
