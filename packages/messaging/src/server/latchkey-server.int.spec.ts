import { rpcTable } from '@latchkey/contracts';
import { AppError } from '@latchkey/kernel';
import { signMessage } from '@latchkey/sealing';
import { nats, type SpecNats } from '@latchkey/testkit';
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

const command = { actor: 'u-1', correlationId: '018f3e9a-6d5c-7b1e-8000-000000000001' };
const question = { offer: 'an offer' };
const answer = { acceptance: 'its acceptance' };

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
  createRpcClient({ broker, identity, messageKey: keys.keys[identity]!, log });

const startVault = async (
  handlers: Readonly<Record<string, (request: never, context: RpcContext) => unknown>>,
  broker = vaultBroker,
  instance = 'vault-1',
): Promise<LatchkeyServer> => {
  const made = new LatchkeyServer({
    broker,
    service: 'key-vault',
    trustedKeys: keys.trustedKeys,
    log,
    instance,
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
    'cmd.key-vault.open-session': (_request, context) => {
      contexts.push(context);
      return answer;
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

const account = { userId: 'u-1', exchange: 'binance', environment: 'live', context: command } as never;

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
    const error = await refusal(gateway.call('cmd.key-vault.open-session', question));
    expect(error.code).toBe('rpc.forbidden');
  });
});

describe('a signed call', () => {
  it('is answered, and its handler knows who signed', async () => {
    expect(await executor.call('cmd.key-vault.open-session', question)).toEqual(answer);
    expect(contexts).toMatchObject([{ caller: 'trade-executor', signed: true }]);
  });

  const send = async (payload: string): Promise<string> => {
    const connection = await executorBroker.connected();
    return (await connection.request('cmd.key-vault.open-session', payload, { timeout: 3_000 })).string();
  };
  const signed = (over: Partial<Parameters<typeof signMessage>[0]> = {}) =>
    signMessage({
      key: keys.keys['trade-executor']!,
      audience: 'key-vault',
      type: 'cmd.key-vault.open-session',
      payload: { request: question },
      ...over,
    });

  it('is taken once: the same bytes again are refused', async () => {
    const payload = await signed();
    expect(JSON.parse(await send(payload))).toMatchObject({ ok: true });
    expect(JSON.parse(await send(payload))).toMatchObject({ ok: false, error: { code: 'rpc.replayed' } });
    expect(contexts).toHaveLength(1);
  });

  it.each([
    ['without a signature', async () => JSON.stringify(question)],
    ['forged by a trusted service that is no caller', () => signed({ key: keys.keys['gateway']! })],
    ['forged with an unknown key', async () => signed({ key: (await specKeys(['trade-executor'])).keys['trade-executor']! })],
    ['for another receiver', () => signed({ audience: 'gateway' })],
    ['for another purpose', () => signed({ type: 'cmd.key-vault.delete-credential' })],
    ['too old', () => signed({ clock: { now: () => Date.now() - rpcTable['cmd.key-vault.open-session'].deadlineMs - 6_000 } })],
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
    vault = await startVault({ 'cmd.key-vault.open-session': () => answer });
    expect(JSON.parse(await send(early))).toMatchObject({ ok: false, error: { code: 'rpc.replayed' } });
  });

  it('by somebody who is not known fills no log: each is counted, none is a line', async () => {
    const before = log.lines.length;
    for (let i = 0; i < 20; i += 1) await send(`forged-${i}`);
    expect(log.lines.slice(before).filter(({ level }) => level !== 'debug')).toEqual([]);
  });
});

describe('a row to one instance', () => {
  const frame = { frame: 'a.b.c.d.e' };

  it('is heard by the instance that is named and by no other', async () => {
    const heard: string[] = [];
    const handle = (name: string) => () => {
      heard.push(name);
      return { frame: `by ${name}` };
    };
    const second = await startVault({ 'cmd.key-vault.session': handle('vault-2') }, vaultBroker, 'vault-2');
    const third = await startVault({ 'cmd.key-vault.session': handle('vault-3') }, vaultBroker, 'vault-3');
    for (const instance of ['vault-2', 'vault-3', 'vault-2'])
      expect(await executor.call('cmd.key-vault.session', frame, { instance })).toEqual({ frame: `by ${instance}` });
    expect(heard).toEqual(['vault-2', 'vault-3', 'vault-2']);
    await Promise.all([second.close(), third.close()]);
  });

  it.each(['', '*', '>', 'a.b', 'a b', 'A'])('goes nowhere without the name of one: %j', async (instance) => {
    await expect(executor.call('cmd.key-vault.session', frame, { instance })).rejects.toThrow(/name it/);
  });

  it('is not served by a process that has no name', async () => {
    const made = new LatchkeyServer({ broker: vaultBroker, service: 'key-vault', trustedKeys: keys.trustedKeys, log });
    made.addHandler('cmd.key-vault.session', (() => Promise.resolve(frame)) as never);
    const errors: unknown[] = [];
    made.listen((error) => void errors.push(error));
    expect(errors).toMatchObject([{ message: expect.stringContaining('name it') as unknown }]);
  });
});
