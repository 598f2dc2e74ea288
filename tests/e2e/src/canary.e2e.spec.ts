import { appendFileSync, mkdtempSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpOf, filesOf, holds } from './support/canary.js';
import {
  control,
  follow,
  http,
  newAlert,
  post,
  settledTrade,
  strategyOf,
  tokenFor,
  trader,
  userOf,
  type User,
} from './support/people.js';
import { startOtlpReceiver, type OtlpReceiver } from './support/otlp-receiver.js';
import { startStack, type Stack } from './support/stack.js';

const services = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;

describe('a secret that was saved, verified, traded with and posted in wrong places', () => {
  let receiver: OtlpReceiver;
  let stack: Stack;
  let user: User;
  /** At the other exchange, whose strings have the API key in them and which quotes them when it refuses one. */
  let other: User;
  let observer: NatsConnection;
  const messages: Buffer[] = [];
  const answers: string[] = [];

  const remember = async (answer: Promise<{ status: number; text: string }>): Promise<{ status: number; text: string }> => {
    const got = await answer;
    answers.push(got.text);
    return got;
  };

  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    stack = await startStack({ LOG_LEVEL: 'debug', ...receiver.environment });
    const { nats, gateway } = stack.description();
    observer = await connect({
      servers: nats.url,
      authenticator: nkeyAuthenticator(readFileSync(nats.users['observer']?.seedFile as string)),
      inboxPrefix: '_INBOX_observer',
    });
    const everything = observer.subscribe('>', {
      callback: (_error, message) => {
        messages.push(
          Buffer.concat([
            Buffer.from(`${message.subject} ${JSON.stringify([...(message.headers ?? [])])}\n`),
            Buffer.from(message.data),
          ]),
        );
      },
    });
    await observer.flush();
    expect(everything.isClosed()).toBe(false);

    user = userOf(stack, 'canary', await tokenFor(stack, 'canary'));
    const { apiKey, apiSecret } = user;
    await control(stack, 'POST', '/accounts', { exchange: 'binance', apiKey, apiSecret });
    expect(await remember(user.api('POST', '/api/user-api-keys/binance', { apiKey, apiSecret }))).toMatchObject({ status: 200 });
    expect(await remember(user.api('POST', '/api/user-api-keys/binance/verify'))).toMatchObject({ status: 200 });
    const strategy = await strategyOf(user);
    await follow(user, strategy);
    const taken = await post(stack, strategy, newAlert());
    expect((await settledTrade(user, taken.body['signalId'] as string)).status).toBe('filled');

    other = await trader(stack, 'canary-bybit', undefined, { exchange: 'bybit', marketType: 'linear' });
    const others = await strategyOf(other);
    await follow(other, others);
    const quoted = {
      exchange: 'bybit',
      apiKey: other.apiKey,
      path: '/v5/order/create',
      kind: 'venue-error',
      params: { code: 10004 },
    };
    await control(stack, 'POST', '/faults', quoted);
    const ends = [];
    for (const signal of [await post(stack, others, newAlert()), await post(stack, others, newAlert())])
      ends.push((await settledTrade(other, signal.body['signalId'] as string)).status);
    expect(ends.toSorted()).toEqual(['filled', 'rejected']);

    // People paste the wrong thing into the wrong field, and clients have bugs: none of it may come back or be kept.
    const url = gateway.url;
    const bearer = { authorization: `Bearer ${user.token}` };
    const raw = (path: string, init: RequestInit) => remember(http(`${url}${path}`, init));
    const wrong = [
      raw('/api/user-api-keys/binance', {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: `{"apiKey": "${apiKey}", "apiSecret": "${apiSecret}"`,
      }),
      raw('/api/user-api-keys/binance', {
        method: 'POST',
        headers: { ...bearer, 'content-type': 'text/plain' },
        body: apiSecret,
      }),
      raw('/api/user-api-keys/binance', {
        method: 'PUT',
        headers: { ...bearer, 'content-type': 'application/json' },
        body: JSON.stringify({ apiSecret }),
      }),
      remember(user.api('POST', '/api/user-api-keys/binance', { apiKey: apiSecret, apiSecret })),
      remember(user.api('POST', '/api/user-api-keys/binance', { apiKey, apiSecret, [apiSecret]: apiSecret })),
      remember(user.api('POST', '/api/user-api-keys/binance', { apiKey, apiSecret: { nested: apiSecret } })),
      remember(user.api('POST', '/api/user-api-keys/binance', { apiKey, apiSecret: `${apiSecret}${apiSecret}` })),
      remember(user.api('POST', '/api/user-api-keys/binance', { apiKey, sealedSecret: apiSecret })),
      remember(user.api('POST', `/api/user-api-keys/${apiSecret}`, { apiKey, apiSecret })),
      remember(user.api('POST', `/api/user-api-keys/binance?environment=${apiSecret}`, { apiKey, apiSecret })),
      remember(user.api('GET', `/api/trades/${apiSecret}`)),
      remember(user.api('GET', `/api/nowhere/${apiSecret}?secret=${apiSecret}`)),
      remember(user.api('POST', '/api/user-api-keys/trading-mode', { mode: apiSecret })),
      raw('/api/trades', { headers: { authorization: `Bearer ${apiSecret}` } }),
      raw('/api/trades', { headers: { ...bearer, 'user-agent': 'Mozilla/5.0', accept: apiSecret } }),
      raw(`/api/webhooks/tradingview/${apiSecret}`, { method: 'POST', body: JSON.stringify(newAlert()) }),
      remember(post(stack, strategy, newAlert({ comment: apiSecret, [apiSecret]: 1, orderId: 'x' }))),
      remember(post(stack, strategy, { ticker: apiSecret, action: apiSecret })),
      remember(post(stack, strategy, `not json ${apiSecret}`)),
    ];
    for (const { status } of await Promise.all(wrong)) expect(status).toBeLessThan(500);
    await observer.flush();
  });
  afterAll(async () => {
    await observer?.close();
    await stack?.dispose();
    await receiver?.close();
  });

  it('stands in no table of any service; a planted one is found', async () => {
    for (const service of services) {
      const url = new URL(stack.description().postgres.admin);
      url.pathname = `/${service.replaceAll('-', '_')}`;
      for (const { apiSecret } of [user, other]) expect(holds(await dumpOf(url.href), apiSecret), service).toBe(false);
      const database = new Client({ connectionString: url.href });
      await database.connect();
      await database.query('create table planted (payload bytea)');
      await database.query('insert into planted values ($1)', [Buffer.from(user.apiSecret)]);
      try {
        expect(holds(await dumpOf(url.href), user.apiSecret), `planted in ${service}`).toBe(true);
      } finally {
        await database.query('drop table planted');
        await database.end();
      }
    }
  });

  it('was in no message on the broker; a planted one is found', () => {
    expect(messages.length).toBeGreaterThan(50);
    for (const { apiSecret } of [user, other]) expect(messages.some((message) => holds(message, apiSecret))).toBe(false);
    expect(
      [...messages, Buffer.from(`evt.planted {"secret":"${Buffer.from(`x${user.apiSecret}y`).toString('base64')}"}`)].some(
        (message) => holds(message, user.apiSecret),
      ),
    ).toBe(true);
  });

  it('stands in no file of the broker, and in no log; a planted one is found', () => {
    for (const folder of ['nats', 'logs']) {
      const copy = mkdtempSync(join(tmpdir(), 'latchkey-canary-'));
      try {
        cpSync(join(stack.home, folder), copy, { recursive: true });
        expect(filesOf(copy).length).toBeGreaterThan(1_000);
        for (const { apiSecret } of [user, other]) expect(holds(filesOf(copy), apiSecret), folder).toBe(false);
        writeFileSync(join(copy, 'planted'), 'something ');
        appendFileSync(join(copy, 'planted'), Buffer.from(user.apiSecret).toString('hex'));
        expect(holds(filesOf(copy), user.apiSecret)).toBe(true);
      } finally {
        rmSync(copy, { recursive: true, force: true });
      }
    }
  });

  it('came back in no answer; a planted one is found', () => {
    expect(answers.length).toBeGreaterThan(15);
    expect(answers.filter((text) => holds(text, user.apiSecret))).toEqual([]);
    expect(holds(`{"message":"you sent ${encodeURIComponent(user.apiSecret)}"}`, user.apiSecret)).toBe(true);
  });

  it('was in no span and no figure; a planted one is found', async () => {
    const failed = () => receiver.spans().filter(({ attributes }) => Number(attributes['http.response.status_code']) >= 400);
    await eventually(() => failed().length > 10, { timeoutMs: 20_000 });
    expect(holds(receiver.bytes(), user.apiSecret)).toBe(false);
    expect(holds(receiver.bytes(), user.apiKey)).toBe(false);
    const planted = Buffer.from(JSON.stringify({ key: 'url.query', value: { stringValue: `x=${user.apiSecret}` } }));
    expect(holds(Buffer.concat([receiver.bytes(), planted]), user.apiSecret)).toBe(true);
  });
});
