import { randomBytes } from 'node:crypto';
import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examples, printed, troubles, type Example } from './support/guide.js';
import { issueTokens } from './support/issue-tokens.js';
import { keyPairOf } from './support/markets.js';
import { control, http, newcomer, userOf, type Answer, type User } from './support/people.js';
import { runService } from './support/run-service.js';
import { startStack, type Stack } from './support/stack.js';

type Exchange = 'binance' | 'bybit';
type Pair = { readonly apiKey: string; readonly apiSecret: string };

const places = [
  { exchange: 'bybit', environment: 'live' },
  { exchange: 'bybit', environment: 'testnet' },
  { exchange: 'binance', environment: 'live' },
  { exchange: 'binance', environment: 'testnet' },
] as const;

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
const maskOf = ({ apiKey }: Pair): string => `${apiKey.slice(0, 4)}...${apiKey.slice(-4)}`;
const marketOf = (exchange: Exchange) => ({ exchange, marketType: 'spot' as const });

const example = (title: string): Example => {
  const found = examples.find((one) => one.title.endsWith(title));
  if (!found) throw new TypeError(`the guide has no example "${title}"`);
  return found;
};

let stack: Stack;
let tokenOf: (id: string) => Promise<string>;
beforeAll(async () => {
  stack = await startStack({ RATE_LIMIT_SCALE: '10' });
  tokenOf = issueTokens(stack);
});
afterAll(() => stack?.dispose());

const person = async (id: string, exchange: Exchange): Promise<User> => userOf(stack, id, await tokenOf(id), marketOf(exchange));
const account = async (exchange: Exchange, pair: Pair, more: object = {}): Promise<void> => {
  expect(await control(stack, 'POST', '/accounts', { exchange, ...pair, ...more })).toMatchObject({ status: 201 });
};
const saved = (id: string, exchange: Exchange, more: Readonly<Record<string, unknown>> = {}): Promise<User> =>
  tokenOf(id).then((token) => newcomer(stack, id, token, marketOf(exchange), more));
const codeOf = ({ body }: Answer): unknown => (body['error'] as { code?: string } | undefined)?.code;
const messageOf = ({ body }: Answer): string => (body['error'] as { message?: string } | undefined)?.message ?? '';

it('the guide is read as it is printed', () => {
  expect(examples.map(({ title, method, path }) => `${title}: ${method} ${path}`)).toEqual([
    '1. Save API Key: POST /api/user-api-keys/{exchange}',
    '2. Verify API Key: POST /api/user-api-keys/{exchange}/verify',
    '3. Get API Key Status: GET /api/user-api-keys/{exchange}/status',
    '4. Delete API Key: DELETE /api/user-api-keys/{exchange}',
    '5. Get All Keys Status: GET /api/user-api-keys/all/status',
    '6. Set Trading Mode: POST /api/user-api-keys/trading-mode',
  ]);
  expect(printed).toEqual({ userId: '8', apiKey: '9dUVCpuUQJnx6sVKMh', apiSecret: expect.stringMatching(/^\w{36}$/) });
});

describe.each(places)("the guide's endpoints for $exchange, $environment", ({ exchange, environment }) => {
  const isPrinted = exchange === 'bybit' && environment === 'live';
  const { apiKey, apiSecret } = isPrinted ? printed : keyPairOf(marketOf(exchange));
  const pair: Pair = { apiKey, apiSecret };
  let user: User;
  beforeAll(async () => {
    user = await person(environment === 'live' ? printed.userId : `${exchange}-${environment}`, exchange);
    await account(exchange, pair, { environment });
  });

  /** Sends what the guide prints; the environment is ours, and `live` goes without saying as in the guide. */
  const send = ({ method, path, request }: Example, body: Readonly<Record<string, unknown>> = {}): Promise<Answer> => {
    const url = path.replace('{exchange}', exchange);
    const isLive = environment === 'live';
    if (request)
      return user.api(method, url, { ...request, ...body, ...(isLive || path.endsWith('trading-mode') ? {} : { environment }) });
    return user.api(method, isLive ? url : `${url}?environment=${environment}`);
  };
  /** As printed, but for what is this key's own. */
  const asPrinted = ({ response }: Example, over: Readonly<Record<string, unknown>> = {}) => ({ ...response, ...over });

  it('1. saves a key', async () => {
    const save = example('Save API Key');
    expect(Object.keys(save.request ?? {})).toEqual(['apiKey', 'apiSecret']);
    const { status, body } = await send(save, pair);
    expect([status, body]).toEqual([200, asPrinted(save, { masked_key: maskOf(pair) })]);
    if (isPrinted) expect(body).toEqual(save.response);
    expect((await send(example('Get API Key Status'))).body).toMatchObject({ has_key: true, verified: false });
  });

  it('2. verifies it', async () => {
    const verify = example('Verify API Key');
    const { status, body } = await send(verify);
    // Binance's testnet does not tell what a key may do.
    const silent = exchange === 'binance' && environment === 'testnet';
    const permissions = silent ? { can_read: null, can_trade: null, can_withdraw: null } : verify.response['permissions'];
    expect([status, body]).toMatchObject([200, { ...asPrinted(verify), permissions }]);
    // What else there is warns, of which a key as it should be gives no reason.
    if (!silent) expect(body).toEqual(verify.response);
  });

  it('3. tells its state', async () => {
    const show = example('Get API Key Status');
    expect(show.response['verified_at']).toMatch(isoTime);
    const { status, body } = await send(show);
    expect(status).toBe(200);
    expect(body).toMatchObject(asPrinted(show, { masked_key: maskOf(pair), verified_at: expect.stringMatching(isoTime) }));
    expect(Math.abs(Date.now() - Date.parse(String(body['verified_at'])))).toBeLessThan(10 * 60_000);
  });

  it('5. tells the state of all keys, and no more of an exchange without one', async () => {
    const all = example('Get All Keys Status');
    const { bybit: withKey, binance: without } = all.response['exchanges'] as { bybit: object; binance: object };
    const { status, body } = await send(all);
    expect(status).toBe(200);
    const other = exchange === 'bybit' ? 'binance' : 'bybit';
    expect(Object.keys(body).toSorted()).toEqual(Object.keys(all.response).toSorted());
    const exchanges = body['exchanges'] as Record<Exchange, object>;
    expect(exchanges[exchange]).toMatchObject({ ...withKey, masked_key: maskOf(pair) });
    expect(exchanges[other]).toEqual(without);
  });

  it('6. sets the trading mode, of which there is one', async () => {
    const set = example('Set Trading Mode');
    expect(await send(set)).toMatchObject({ status: 200, body: set.response });
    for (const mode of ['POOLED', 'HYBRID']) {
      const refused = await send(set, { mode });
      expect([refused.status, codeOf(refused)]).toEqual([422, 'trading_mode.not_supported']);
      expect(messageOf(refused)).toMatch(/never holds funds[\s\S]*PERSONAL/);
    }
    expect((await send(set, { mode: 'personal' })).status).toBe(400);
    expect((await send(example('Get All Keys Status'))).body['tradingMode']).toBe('PERSONAL');
  });

  it('4. deletes it', async () => {
    const remove = example('Delete API Key');
    const { status, body } = await send(remove);
    expect([status, body]).toEqual([200, remove.response]);
    expect((await send(example('Get API Key Status'))).body).toEqual({ success: true, has_key: false });
    expect(await send(remove)).toMatchObject({ status: 200, body: remove.response });
    const nobody = await person('never-had-a-key', exchange);
    const none = await nobody.api(remove.method, remove.path.replace('{exchange}', exchange));
    expect([none.status, codeOf(none)]).toEqual([404, 'vault.credential_not_found']);
  });

  it('needs a token for each of them', async () => {
    for (const { method, path } of examples) {
      const answer = await http(`${stack.description().gateway.url}${path.replace('{exchange}', exchange)}`, { method });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'auth.token_missing']);
    }
  });
});

describe('before a key is saved', () => {
  it.each([
    ['binance', 63, 64, 'vault.api_key_format', /exactly 64 letters and digits/],
    ['binance', 65, 64, 'vault.api_key_format', /exactly 64 letters and digits/],
    ['binance', 64, 63, 'vault.api_secret_format', /exactly 64 letters and digits/],
    ['bybit', 15, 36, 'vault.api_key_format', /copy it again/],
    ['bybit', 18, 15, 'vault.api_secret_format', /copy it again/],
    ['bybit', 36, 18, 'key.swapped', /swapped/],
  ] as const)("the pair must have %s's form: %i and %i characters are refused", async (exchange, key, secret, code, words) => {
    const user = await person(`form-${exchange}-${key}-${secret}`, exchange);
    const path = `/api/user-api-keys/${exchange}`;
    const refused = await user.api('POST', path, { apiKey: 'k'.repeat(key), apiSecret: 's'.repeat(secret) });
    expect([refused.status, codeOf(refused)]).toEqual([422, code]);
    expect(messageOf(refused)).toMatch(words);
    expect((await user.api('GET', `${path}/status`)).body).toEqual({ success: true, has_key: false });
  });

  it.each(['-', ' ', 'é', '\u0000'])("64 characters of which one is %j are refused by Binance's form", async (character) => {
    const user = await person('form-character', 'binance');
    const apiKey = `${'k'.repeat(63)}${character}`;
    const refused = await user.api('POST', '/api/user-api-keys/binance', { apiKey, apiSecret: 's'.repeat(64) });
    expect([refused.status, codeOf(refused)]).toEqual([422, 'vault.api_key_format']);
  });

  it('two at once are both answered, one of them wins, and the state shows the winner, which works', async () => {
    for (const [round, { exchange, environment }] of [...places, ...places].entries()) {
      const user = await person(`two-at-once-${round}`, exchange);
      const path = `/api/user-api-keys/${exchange}`;
      const pairs = [keyPairOf(user.market), keyPairOf(user.market)];
      for (const pair of pairs) await account(exchange, pair, { environment });
      const answers = await Promise.all(pairs.map((pair) => user.api('POST', path, { ...pair, environment })));
      const took = answers.map(({ status }) => status === 200);
      for (const answer of answers)
        if (answer.status !== 200) expect([answer.status, codeOf(answer)]).toEqual([409, 'vault.conflict']);
      for (const [i, { body }] of answers.entries())
        if (took[i]) expect(body).toMatchObject({ success: true, masked_key: maskOf(pairs[i] as Pair) });
      const { body } = await user.api('GET', `${path}/status?environment=${environment}`);
      expect(pairs.filter((_, i) => took[i]).map(maskOf)).toContain(body['masked_key']);
      expect((await user.api('POST', `${path}/verify?environment=${environment}`)).status).toBe(200);
    }
  });
});

describe("the guide's table of troubles", () => {
  it('is the one that is gone through here', () => {
    expect(troubles.map(({ title, hints }) => [title, hints.length])).toEqual([
      ['Encryption failed', 2],
      ['API key verification failed', 3],
      ['Cannot decrypt API secret', 3],
      ['Timestamp error', 3],
    ]);
  });

  describe('"Encryption failed"', () => {
    it.each([
      ['Check `ENCRYPTION_KEY` is set in `.env`', undefined],
      ['Ensure key is 64 characters (32 bytes hex)', 'ab12'],
      ['Ensure key is 64 characters (32 bytes hex)', 'ab12'.repeat(17)],
    ])('%s: the vault says so and does not start', async (hint, key) => {
      expect(troubles[0]?.hints).toContain(hint);
      const { code, stderr } = await runService(stack, 'key-vault', { ENCRYPTION_KEY_FILE: undefined, ENCRYPTION_KEY: key });
      expect(code).toBe(78);
      expect(stderr).toMatch(/ENCRYPTION_KEY/);
      expect(stderr).toMatch(/64 hex digits/);
      if (key) expect(stderr).not.toContain(key);
    });
  });

  // Binance has one code for a key that is unknown and for an address that is not on its list.
  const refusals = [
    { exchange: 'binance', address: 'vault.key_refused', unknown: 'vault.key_refused' },
    { exchange: 'bybit', address: 'vault.key_address_refused', unknown: 'vault.key_unknown' },
  ] as const;
  describe.each(refusals)('"API key verification failed" at $exchange', ({ exchange, address, unknown }) => {
    const verify = (user: User): Promise<Answer> => user.api('POST', `/api/user-api-keys/${exchange}/verify`);

    it('Check IP whitelist on exchange', async () => {
      const refused = await verify(await saved(`wrong-ip-${exchange}`, exchange, { allowedIps: ['203.0.113.7'] }));
      expect([refused.status, codeOf(refused)]).toEqual([422, address]);
      expect(messageOf(refused)).toMatch(/addresses|IP list/);
    });

    it('Ensure permissions enabled (Read + Trade)', async () => {
      const idle = await verify(await saved(`no-trade-${exchange}`, exchange, { permissions: { trade: false, futures: false } }));
      expect([idle.status, codeOf(idle)]).toEqual([422, 'vault.key_cannot_trade']);
      expect(messageOf(idle)).toMatch(/switch .*trading on/);
      const generous = await verify(await saved(`withdraw-${exchange}`, exchange, { permissions: { withdraw: true } }));
      expect([generous.status, codeOf(generous)]).toEqual([422, 'vault.key_can_withdraw']);
      expect(messageOf(generous)).toMatch(/switch withdrawals off/);
    });

    it('says so for a key that the exchange does not know, and the state keeps the reason', async () => {
      const user = await person(`unknown-${exchange}`, exchange);
      const { apiKey, apiSecret } = user;
      await user.api('POST', `/api/user-api-keys/${exchange}`, { apiKey, apiSecret });
      expect(await verify(user)).toMatchObject({ status: 422, body: { error: { code: unknown } } });
      const { body } = await user.api('GET', `/api/user-api-keys/${exchange}/status`);
      expect(body).toMatchObject({ has_key: true, verified: false, reason: unknown });
    });
  });

  describe('"Cannot decrypt API secret"', () => {
    it('Encryption key may have changed: the vault does not start with it, and nobody is told to enter a key again', async () => {
      const user = await saved('master-key-changed', 'binance');
      const before = await user.api('GET', '/api/user-api-keys/binance/status');
      const { code, stdout, stderr } = await runService(stack, 'key-vault', {
        ENCRYPTION_KEY_FILE: undefined,
        ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(/master key with id \S+.*ENCRYPTION_KEY/);
      expect(stdout + stderr).not.toMatch(/re-?enter|enter it again/i);
      expect((await user.api('GET', '/api/user-api-keys/binance/status')).body).toEqual(before.body);
      expect((await user.api('POST', '/api/user-api-keys/binance/verify')).status).toBe(200);
    });

    it('Database value may be corrupted: the one user is asked to re-enter the key, which helps', async () => {
      const [struck, spared] = [await saved('corrupted', 'bybit'), await saved('not-corrupted', 'bybit')];
      const url = new URL(stack.description().postgres.admin);
      url.pathname = '/key_vault';
      const vault = new Client({ connectionString: url.href });
      await vault.connect();
      try {
        const changed = await vault.query(
          `update credential_secrets set api_secret = reverse(api_secret)
           where credential_id = (select credential_id from credentials where user_id = $1)`,
          [struck.id],
        );
        expect(changed.rowCount).toBe(1);
      } finally {
        await vault.end();
      }
      const verify = '/api/user-api-keys/bybit/verify';
      expect((await struck.api('POST', verify)).status).toBeGreaterThanOrEqual(500);
      const after = await eventually(async () => {
        const { body } = await struck.api('GET', '/api/user-api-keys/bybit/status');
        if (body['reason'] !== 'vault.integrity_failed') throw new TypeError(JSON.stringify(body));
        return body;
      });
      expect(after).toMatchObject({ has_key: true, verified: false });
      const told = await struck.api('POST', verify);
      expect(codeOf(told)).toBe('vault.integrity_failed');
      expect(messageOf(told)).toMatch(/enter it again/);
      expect((await spared.api('POST', verify)).status).toBe(200);

      const { apiKey, apiSecret } = struck;
      expect((await struck.api('POST', '/api/user-api-keys/bybit', { apiKey, apiSecret })).status).toBe(200);
      expect((await struck.api('POST', verify)).status).toBe(200);
    });
  });

  it('"Timestamp error": clocks that disagree cost no key, are said to be the reason, and are forgotten once set right', async () => {
    expect(troubles[3]?.hints).toContain('Server clock not synchronized');
    for (const exchange of ['binance', 'bybit'] as const) {
      const user = await saved(`clock-${exchange}`, exchange);
      const verify = (): Promise<Answer> => user.api('POST', `/api/user-api-keys/${exchange}/verify`);
      await control(stack, 'POST', '/faults', { exchange, kind: 'clock-skew', times: 1_000_000, params: { ms: 60_000 } });
      const seen: unknown[] = [];
      const refused = await eventually(
        async () => {
          const answer = await verify();
          seen.push(codeOf(answer));
          return codeOf(answer) === 'venue.clock_unknown' && answer;
        },
        { timeoutMs: 30_000, everyMs: 250 },
      );
      expect(refused.status).toBe(503);
      expect(messageOf(refused)).toMatch(/clock/);
      expect(seen.filter((code) => String(code).startsWith('vault.key_'))).toEqual([]);
      await control(stack, 'DELETE', '/faults');
      await eventually(async () => (await verify()).status === 200, { timeoutMs: 30_000, everyMs: 250 });
    }
  });
});
