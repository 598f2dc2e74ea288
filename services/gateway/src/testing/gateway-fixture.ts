import { inspect } from 'node:util';
import { rpcTable, type RpcReplyInput, type RpcRequest, type RpcSubject } from '@latchkey/contracts';
import { createPool } from '@latchkey/event-store';
import { systemClock, type Clock } from '@latchkey/kernel';
import { database, type SpecDatabase } from '@latchkey/testkit';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Pool } from 'pg';
import { createServer } from '../adapters/http/create-server.js';
import { keysFrom, publicKeySet } from '../adapters/identity/key-set.js';
import { createTokenVerifier } from '../adapters/identity/verify-token.js';
import { createRateLimiter, limitsOf, type Limit, type LimitScope } from '../adapters/postgres/rate-limiter.js';
import { refusal } from '../app/errors.js';
import type { Rpc, Sealer, VouchedKeys } from '../app/ports.js';
import { gatewayModule } from '../gateway.module.js';

type Handlers = {
  [Subject in RpcSubject]?: (request: RpcRequest<Subject>) => RpcReplyInput<Subject> | Promise<RpcReplyInput<Subject>>;
};

/** The other services, as far as a spec needs them: requests and replies must fit the table; who is not there is away. */
export const fakeServices = () => {
  let handlers: Handlers = {};
  const calls: { readonly subject: RpcSubject; readonly request: unknown }[] = [];
  const rpc: Rpc = {
    call: async (subject, request) => {
      const parsed = rpcTable[subject].request.parse(request);
      calls.push({ subject, request: parsed });
      const handler = handlers[subject] as ((request: unknown) => unknown) | undefined;
      if (!handler) throw refusal('rpc.unavailable', { part: subject.split('.')[1] });
      return rpcTable[subject].reply.parse(await handler(parsed)) as never;
    },
  };
  return {
    rpc,
    calls,
    answer: (more: Handlers) => {
      handlers = { ...handlers, ...more };
    },
  };
};

export type GatewayFixture = {
  readonly app: NestFastifyApplication;
  readonly pool: Pool;
  readonly database: SpecDatabase;
  readonly services: ReturnType<typeof fakeServices>;
  readonly logged: string[];
  readonly token: (user: string, roles?: readonly string[]) => Promise<string>;
  readonly request: (method: string, url: string, options?: RequestOptions) => Promise<Answer>;
  readonly close: () => Promise<void>;
};
export type RequestOptions = {
  readonly user?: string;
  readonly roles?: readonly string[];
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};
export type Answer = {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- specs look into whatever came back
  readonly json: any;
};

export type FixtureOptions = {
  readonly clock?: Clock;
  readonly limits?: Readonly<Record<LimitScope, Limit>>;
  readonly requireHttps?: boolean;
  readonly trustedProxies?: readonly string[];
  readonly sealer?: Sealer;
  readonly vouched?: VouchedKeys;
};

const issuer = 'https://issuer.example';

/** A gateway on a database of its own, with the real role and grants; requests go through the whole HTTP server. */
export const gatewayFixture = async (options: FixtureOptions = {}): Promise<GatewayFixture> => {
  const { clock = systemClock, limits = limitsOf(1), requireHttps = false, trustedProxies = [] } = options;
  const made = await database('gateway');
  const logged: string[] = [];
  const write = (fields: object, message: string) =>
    void logged.push(JSON.stringify([fields, message, inspect((fields as { err?: unknown }).err)]));
  const log = { debug: write, info: write, warn: write, error: write };
  const pool = createPool({ url: made.url, applicationName: 'gateway-spec', log });
  const pair = await generateKeyPair('Ed25519', { extractable: true });
  const keys = publicKeySet.parse({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'spec' }] });
  const services = fakeServices();
  const unsealed: Sealer = {
    sealingKey: () => services.rpc.call('qry.key-vault.sealing-key', {}),
    seal: () => Promise.reject(refusal('rpc.unavailable', { part: 'key-vault' })),
    forgetKey: () => undefined,
  };
  const module = gatewayModule({
    pool,
    rpc: services.rpc,
    sealer: options.sealer ?? unsealed,
    vouched: options.vouched ?? { check: () => Promise.reject(refusal('public_key.untrusted')) },
    relay: { wake: () => undefined, replay: () => Promise.resolve({ text: '', signature: '' }) },
    health: { ready: () => Promise.resolve({ ok: true, status: 'ok', parts: { postgres: 'ok' } }) },
    limiter: createRateLimiter(pool, clock, limits),
    verifyToken: createTokenVerifier({
      keys: keysFrom(keys),
      issuer,
      audience: 'latchkey',
      rolesClaim: 'roles',
      maxLifetimeSeconds: 3_600,
      clock,
    }),
    clock,
    publicUrl: 'https://signals.example',
    settings: { egressAddresses: ['192.0.2.10'], publicKeys: keys },
  });
  const app = await createServer(module, { trustedProxies, requireHttps, log: log as never });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();

  const token: GatewayFixture['token'] = (user, roles = ['user']) => {
    const iat = Math.floor(clock.now() / 1_000);
    const claims = { iss: issuer, aud: 'latchkey', sub: user, iat, exp: iat + 900, roles };
    return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'spec' }).sign(pair.privateKey);
  };

  const request: GatewayFixture['request'] = async (method, url, { user, roles, body, headers = {} } = {}) => {
    const isText = typeof body === 'string' || body === undefined;
    const authorization = user === undefined ? {} : { authorization: `Bearer ${await token(user, roles)}` };
    const answer = await app.inject({
      method: method as 'GET',
      url,
      headers: { ...(isText ? {} : { 'content-type': 'application/json' }), ...authorization, ...headers },
      ...(body === undefined ? {} : { payload: isText ? body : JSON.stringify(body) }),
    });
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    return {
      status: answer.statusCode,
      text: answer.body,
      headers: answer.headers,
      json: isJson ? JSON.parse(answer.body) : undefined,
    };
  };

  const close = async (): Promise<void> => {
    await app.close();
    await pool.end();
    await made.drop();
  };
  return { app, pool, database: made, services, logged, token, request, close };
};
