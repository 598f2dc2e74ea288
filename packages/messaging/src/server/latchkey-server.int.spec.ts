import { rpcTable, type RpcRequestInput } from '@latchkey/contracts';
import { AppError } from '@latchkey/kernel';
import { signMessage } from '@latchkey/sealing';
import { eventually, nats, type SpecNats } from '@latchkey/testkit';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../broker/broker.js';
import { createRpcClient, type RpcClient } from '../rpc/rpc-client.js';
import { RpcError } from '../rpc/rpc-error.js';
import { recordingLog, specBrokers, specKeys, type SpecKeys } from '../testing/spec-brokers.js';
import { LatchkeyServer } from './latchkey-server.js';
import type { RpcContext } from './rpc-context.js';

const secret = 'signature-0f3a-that-nobody-else-may-read';
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

const signRequest: RpcRequestInput<'cmd.key-vault.sign'> = {
  items: [{ purpose: 'open', userId: 'u-1', exchange: 'binance', environment: 'live', payload: 'symbol=BTCUSDT&timestamp=1' }],
  context: { actor: 'u-1', correlationId: '018f3e9a-6d5c-7b1e-8000-000000000001' },
};

const signReply = {
  items: [{ ok: true, credentialId: '018f3e9a-6d5c-7b1e-8000-000000000002', apiKey: 'public-half', signature: secret }],
};

let server: SpecNats;
let keys: SpecKeys;
let brokers: ReturnType<typeof specBrokers>;
let vaultBroker: Broker;
let executorBroker: Broker;
let gatewayBroker: Broker;
let observed: string[];
let observer: NatsConnection;
let vault: LatchkeyServer;
let executor: RpcClient;
let gateway: RpcClient;
let contexts: RpcContext[];
const log = recordingLog();

const clientFor = (identity: 'gateway' | 'trade-executor', broker: Broker): RpcClient =>
  createRpcClient({ broker, identity, messageKey: keys.keys[identity]!, trustedKeys: keys.trustedKeys, log });

const startVault = async (
  handlers: Readonly<Record<string, (request: never, context: RpcContext) => unknown>>,
  broker = vaultBroker,
): Promise<LatchkeyServer> => {
  const made = new LatchkeyServer({
    broker,
    service: 'key-vault',
    messageKey: keys.keys['key-vault']!,
    trustedKeys: keys.trustedKeys,
    log,
  });
  for (const [subject, handle] of Object.entries(handlers)) {
    made.addHandler(subject, ((request: never, context: RpcContext) => Promise.resolve(handle(request, context))) as never);
  }
  await broker.connected();
  made.listen((error) => expect(error).toBeUndefined());
  await broker.connection()?.flush();
  return made;
};

const refusal = async (call: Promise<unknown>): Promise<RpcError> => {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
};

beforeAll(async () => {
  server = await nats();
  keys = await specKeys(['gateway', 'key-vault', 'trade-executor', 'audit']);
  brokers = specBrokers(server, log);
  [vaultBroker, executorBroker, gatewayBroker] = await Promise.all([
    brokers.of('key-vault'),
    brokers.of('trade-executor'),
    brokers.of('gateway'),
  ]);
  observer = await (await brokers.of('observer')).connected();
  observer.subscribe('>', { callback: (_error, message) => void observed.push(`${message.subject} ${message.string()}`) });
  await Promise.all([executorBroker.connected(), gatewayBroker.connected()]);
  executor = clientFor('trade-executor', executorBroker);
  gateway = clientFor('gateway', gatewayBroker);
});
afterAll(async () => {
  await brokers.close();
  await server.remove();
});
beforeEach(async () => {
  observed = [];
  contexts = [];
  vault = await startVault({
    'cmd.key-vault.sign': (_request, context) => {
      contexts.push(context);
      return signReply;
    },
    'qry.key-vault.credentials': (_request, context) => {
      contexts.push(context);
      return { credentials: [] };
    },
    'cmd.key-vault.delete-credential': () => {
      throw new AppError('vault.credential_not_found', 'there is no such key; save it first', { exchange: 'binance' });
    },
    'cmd.key-vault.begin-verification': () => {
      throw new TypeError(`inside: ${secret}`);
    },
    'qry.key-vault.health': () => ({ status: 'ok', parts: {}, unexpected: secret }),
  });
});
afterEach(async () => {
  await vault.close();
});

const account = { userId: 'u-1', exchange: 'binance', environment: 'live', context: signRequest.context } as never;

describe('a call', () => {
  it('is answered, and its handler knows the caller and the trace', async () => {
    expect(await gateway.call('qry.key-vault.credentials', { userId: 'u-1' }, { traceparent: traceparent as never })).toEqual({
      credentials: [],
    });
    expect(contexts).toMatchObject([{ caller: 'gateway', signed: false, traceparent }]);
  });

  it('carries the refusal of its owner, code, message and details', async () => {
    const error = await refusal(gateway.call('cmd.key-vault.delete-credential', account));
    expect(error).toMatchObject({
      code: 'vault.credential_not_found',
      message: 'there is no such key; save it first',
      details: { exchange: 'binance' },
      refused: true,
    });
  });

  it('hides what went wrong inside the owner, and logs it there', async () => {
    const error = await refusal(gateway.call('cmd.key-vault.begin-verification', account));
    expect(error.code).toBe('internal');
    expect(JSON.stringify([error.message, error.details])).not.toContain(secret);
    expect(log.lines.some(({ message }) => message === 'a handler failed')).toBe(true);
  });

  it('never carries a reply that its row does not describe', async () => {
    const error = await refusal(gateway.call('qry.key-vault.health', {}));
    expect(error.code).toBe('internal');
    expect(observed.join('\n')).not.toContain(secret);
  });

  it('is refused by shape before it leaves', async () => {
    const error = await refusal(gateway.call('qry.key-vault.credentials', { userId: 7 } as never));
    expect(error).toMatchObject({ code: 'rpc.bad_request', refused: false, details: { issues: ['userId'] } });
  });

  it('is not allowed to somebody who is not in its row', async () => {
    const error = await refusal(gateway.call('cmd.key-vault.sign', signRequest));
    expect(error.code).toBe('rpc.forbidden');
  });
});

describe('a signed call with a sealed reply', () => {
  it('is answered, and nobody on the bus can read the answer', async () => {
    expect(await executor.call('cmd.key-vault.sign', signRequest)).toEqual(signReply);
    expect(contexts).toMatchObject([{ caller: 'trade-executor', signed: true }]);
    await eventually(() => expect(observed.some((line) => line.startsWith('cmd.key-vault.sign '))).toBe(true));
    await observer.flush();
    expect(observed.join('\n')).not.toContain(secret);
    expect(observed.join('\n')).not.toContain(Buffer.from(secret).toString('base64url').slice(2, -4));
  });

  const send = async (payload: string): Promise<string> => {
    const connection = await executorBroker.connected();
    return (await connection.request('cmd.key-vault.sign', payload, { timeout: 3_000 })).string();
  };
  const signed = (over: Partial<Parameters<typeof signMessage>[0]> = {}) =>
    signMessage({
      key: keys.keys['trade-executor']!,
      audience: 'key-vault',
      type: 'cmd.key-vault.sign',
      payload: {
        request: signRequest,
        requestId: 'r-1',
        replyKey: { kty: 'OKP', crv: 'X25519', x: 'UEo2mZ9InNL9vAi6_z2I-gBWm6mGy6IlSP_egPmAaCk' },
      },
      ...over,
    });

  it('is taken once: the same bytes again are refused', async () => {
    const payload = await signed();
    expect(await send(payload)).not.toMatch(/^\{/);
    expect(JSON.parse(await send(payload))).toMatchObject({ ok: false, error: { code: 'rpc.replayed' } });
    expect(contexts).toHaveLength(1);
  });

  it.each([
    ['without a signature', async () => JSON.stringify(signRequest)],
    ['forged by a trusted service that is no caller', () => signed({ key: keys.keys['gateway']! })],
    ['forged with an unknown key', async () => signed({ key: (await specKeys(['trade-executor'])).keys['trade-executor']! })],
    ['for another receiver', () => signed({ audience: 'gateway' })],
    ['for another purpose', () => signed({ type: 'cmd.key-vault.delete-credential' })],
    ['too old', () => signed({ clock: { now: () => Date.now() - rpcTable['cmd.key-vault.sign'].deadlineMs - 6_000 } })],
    ['from the future', () => signed({ clock: { now: () => Date.now() + 60_000 } })],
    ['with a changed signature', async () => `${(await signed()).slice(0, -4)}AAAA`],
  ])('is refused %s', async (_how, make) => {
    const reply = JSON.parse(await send(await make())) as { error: { code: string; message: string } };
    expect(reply).toMatchObject({ ok: false, error: { code: 'rpc.unauthenticated' } });
    expect(contexts).toEqual([]);
  });

  it('is refused when it was signed before this process started', async () => {
    const early = await signed({ clock: { now: () => Date.now() - 3_000 } });
    await vault.close();
    vault = await startVault({ 'cmd.key-vault.sign': () => signReply });
    expect(JSON.parse(await send(early))).toMatchObject({ ok: false, error: { code: 'rpc.replayed' } });
  });

  it('is refused when its reply key is unusable, before anything is done', async () => {
    const payload = await signed({
      payload: { request: signRequest, requestId: 'r-1', replyKey: { kty: 'OKP', crv: 'X25519', x: 'AAAA' } },
    });
    expect(JSON.parse(await send(payload))).toMatchObject({ ok: false, error: { code: 'rpc.bad_request' } });
    expect(contexts).toEqual([]);
  });
});

describe('a sealed reply', () => {
  it.each([
    ['a plain success in its place', () => JSON.stringify({ ok: true, value: signReply })],
    ['another request’s answer', undefined],
  ])('is not replaced by %s', async (_what, make) => {
    await vault.close();
    const connection = await vaultBroker.connected();
    const { sealReply } = await import('@latchkey/sealing');
    const liar = connection.subscribe('cmd.key-vault.sign', {
      callback: (_error, message) => {
        const { body } = JSON.parse(Buffer.from(message.string().split('.')[1] ?? '', 'base64url').toString()) as {
          body: { replyKey: never };
        };
        const answer = make
          ? Promise.resolve(make())
          : sealReply({
              key: keys.keys['key-vault']!,
              audience: 'trade-executor',
              type: 'reply.cmd.key-vault.sign',
              payload: { requestId: 'another', frame: { ok: true, value: signReply } },
              recipient: body.replyKey,
            });
        void answer.then((text) => message.respond(text));
      },
    });
    await connection.flush();
    expect((await refusal(executor.call('cmd.key-vault.sign', signRequest))).code).toBe('rpc.bad_reply');
    await liar.drain();
  });
});
