import type { SignBatch, SignedBatch, SignItem } from '@latchkey/contracts';
import { RpcError, type CallOptions, type RpcClient } from '@latchkey/messaging';
import {
  acceptSession,
  createTrustedKeys,
  generateMessageKeyJwk,
  headerOfFrame,
  loadMessageKey,
  type AnsweringSession,
  type MessageKey,
  type TrustedKeys,
} from '@latchkey/sealing';
import { manualClock } from '@latchkey/testkit';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVaultSessions, type VaultSessions } from './vault-sessions.js';

let executor: MessageKey;
let vault: MessageKey;
let stranger: MessageKey;
let trusted: TrustedKeys;

beforeAll(async () => {
  const names = ['trade-executor', 'key-vault', 'key-vault'];
  const keys = await Promise.all(names.map(async (name) => loadMessageKey(name, await generateMessageKeyJwk())));
  [executor, vault, stranger] = keys as [MessageKey, MessageKey, MessageKey];
  trusted = createTrustedKeys({ 'trade-executor': [executor.publicJwk], 'key-vault': [vault.publicJwk] });
});

const hourMs = 3_600_000;
const clock = manualClock(1_790_000_000_000);
const signed: SignedBatch = { items: [{ ok: false, code: 'vault.credential_disabled', message: 'no' }] };
const batch: SignBatch = {
  items: [{ purpose: 'read', payload: 'timestamp=1' } as SignItem],
  context: { actor: 'service:trade-executor', correlationId: '018f3e9a-6d5c-7b1e-8000-000000000001' },
};

type Meddling = (subject: string, options: CallOptions | undefined, pass: () => Promise<unknown>) => Promise<unknown>;

/** Vault processes as the broker lets one reach them: any of them opens a session, one of them has it. */
const processes = () => {
  const alive = new Map<string, Map<string, AnsweringSession>>();
  const asked: { readonly instance: string; readonly batch: SignBatch }[] = [];
  const state = { opened: 0, meddle: ((_subject, _options, pass) => pass()) as Meddling, key: () => vault };
  const open = async (offer: string): Promise<unknown> => {
    const [instance, sessions] = [...alive][state.opened % Math.max(1, alive.size)] ?? [];
    if (instance === undefined || !sessions) throw new RpcError('rpc.unavailable', 'the vault is away');
    state.opened += 1;
    const key = state.key();
    const accepted = await acceptSession({ offer, key, trusted, issuers: ['trade-executor'], instance, clock });
    sessions.set(accepted.session.sid, accepted.session);
    return { acceptance: accepted.acceptance };
  };
  const answer = async (frame: string, instance: string): Promise<unknown> => {
    const sessions = alive.get(instance);
    if (!sessions) throw new RpcError('rpc.unavailable', 'nobody listens there');
    const received = sessions.get(headerOfFrame(frame).sid)?.open(frame);
    if (!received) return { refused: 'vault.session_unknown' };
    asked.push({ instance, batch: JSON.parse(received.plaintext.toString()) as SignBatch });
    return { frame: received.reply(Buffer.from(JSON.stringify(signed))) };
  };
  const call = (subject: string, request: { offer: string; frame: string }, options?: CallOptions): Promise<unknown> =>
    state.meddle(subject, options, () =>
      subject === 'cmd.key-vault.open-session' ? open(request.offer) : answer(request.frame, options?.instance ?? ''),
    );
  const start = (instance: string) => alive.set(instance, new Map());
  start('vault-1');
  return { state, asked, start, end: (instance: string) => alive.delete(instance), call: call as unknown as RpcClient['call'] };
};

let net: ReturnType<typeof processes>;
let sessions: VaultSessions;
beforeEach(() => {
  net = processes();
  const log = { info: () => undefined };
  sessions = createVaultSessions({ rpc: { call: net.call }, messageKey: executor, trustedKeys: trusted, clock, log });
});

describe('a session with the vault', () => {
  it('is opened by the first who asks, once, and kept', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => sessions.ask(batch)));
    expect(answers).toEqual(Array.from({ length: 8 }, () => signed));
    await sessions.ask(batch);
    expect(net.state.opened).toBe(1);
    expect(net.asked).toHaveLength(9);
  });

  it('is followed by another before its hour is over, and serves until that one is there', async () => {
    await sessions.ask(batch);
    clock.advance(hourMs - 10 * 60_000 - 1);
    await sessions.ask(batch);
    expect(net.state.opened).toBe(1);
    clock.advance(1);
    const renewed = Promise.withResolvers<void>();
    net.state.meddle = async (subject, _options, pass) => {
      if (subject !== 'cmd.key-vault.session') await renewed.promise;
      return pass();
    };
    expect(await sessions.ask(batch)).toEqual(signed);
    expect(net.state.opened).toBe(1);
    renewed.resolve();
    await expect.poll(() => net.state.opened).toBe(2);
    clock.advance(hourMs - 1 - 3_000);
    expect(await sessions.ask(batch)).toEqual(signed);
  });

  it('goes on when the renewal fails, and is replaced in time all the same', async () => {
    await sessions.ask(batch);
    clock.advance(hourMs - 60_000);
    let failed = 0;
    net.state.meddle = async (subject, _options, pass) => {
      if (subject === 'cmd.key-vault.session') return pass();
      failed += 1;
      throw new RpcError('rpc.unavailable', 'not now');
    };
    expect(await sessions.ask(batch)).toEqual(signed);
    await expect.poll(() => failed).toBe(1);
    net.state.meddle = (_subject, _options, pass) => pass();
    clock.advance(59_000);
    expect(await sessions.ask(batch)).toEqual(signed);
    expect(net.state.opened).toBe(2);
  });
});

describe('a vault process that is not there any more', () => {
  it.each([
    ['is gone, and another answers', () => (net.end('vault-1'), net.start('vault-2'))],
    ['was started again, under another name', () => (net.end('vault-1'), net.start('vault-1b'))],
    ['has forgotten the session', () => net.start('vault-1')],
  ])('%s: the same strings are asked there, once', async (_what, change) => {
    await sessions.ask(batch);
    change();
    expect(await sessions.ask(batch)).toEqual(signed);
    expect(net.asked.map((one) => one.batch)).toEqual([batch, batch]);
    expect(net.state.opened).toBe(2);
  });

  it('says nothing in time: it may have signed, so the very same strings are asked again', async () => {
    await sessions.ask(batch);
    net.start('vault-2');
    net.state.meddle = async (_subject, options, pass) => {
      if (options?.instance !== 'vault-1') return pass();
      await pass();
      clock.advance(options.deadlineMs ?? 0);
      throw new RpcError('rpc.timeout', 'no answer');
    };
    expect(await sessions.ask(batch)).toEqual(signed);
    expect(net.asked.map(({ instance }) => instance)).toEqual(['vault-1', 'vault-1', 'vault-2']);
    expect(net.asked[2]?.batch).toEqual(net.asked[1]?.batch);
  });

  it('is waited for no longer than a string can be signed: nobody stands in a lane for more', async () => {
    const began = clock.now();
    net.state.meddle = (_subject, options) => {
      clock.advance(options?.deadlineMs ?? Number.NaN);
      return Promise.reject(new RpcError('rpc.timeout', 'no answer'));
    };
    await expect(sessions.ask(batch)).rejects.toMatchObject({ code: 'rpc.timeout' });
    expect(clock.now() - began).toBeLessThanOrEqual(3_000);
  });

  it('is away: that is said at once, and the next who asks opens a session', async () => {
    await sessions.ask(batch);
    net.end('vault-1');
    await expect(sessions.ask(batch)).rejects.toMatchObject({ code: 'rpc.unavailable' });
    net.start('vault-2');
    expect(await sessions.ask(batch)).toEqual(signed);
  });
});

describe('somebody who answers for the vault', () => {
  it('opens no session with a key of their own', async () => {
    net.state.key = () => stranger;
    await expect(sessions.ask(batch)).rejects.toMatchObject({ code: 'rpc.bad_reply' });
    expect(net.asked).toEqual([]);
  });

  it.each<[string, (honest: { frame: string }, earlier: { frame: string } | undefined) => unknown]>([
    ['an answer in clear', () => ({ frame: JSON.stringify(signed) })],
    ['an altered answer', ({ frame }) => ({ frame: `${frame.slice(0, -2)}${frame.endsWith('AA') ? 'BB' : 'AA'}` })],
    ['the answer to an earlier question', (_honest, earlier) => earlier],
    ['a refusal that nobody sealed', () => ({ refused: 'vault.session_frame_refused' })],
  ])('is not believed: %s', async (_what, forge) => {
    let earlier: { frame: string } | undefined;
    net.state.meddle = async (_subject, _options, pass) => (earlier = (await pass()) as { frame: string });
    await sessions.ask(batch);
    net.state.meddle = async (subject, _options, pass) => {
      const honest = (await pass()) as { frame: string };
      return subject === 'cmd.key-vault.session' ? forge(honest, earlier) : honest;
    };
    await expect(sessions.ask(batch)).rejects.toMatchObject({ code: 'rpc.bad_reply' });
    // It may spoil answers as long as it is there, and nothing for longer.
    net.state.meddle = (_subject, _options, pass) => pass();
    expect(await sessions.ask(batch)).toEqual(signed);
  });

  it('does not have the session given up by a refusal of the vault’s that is none of the session', async () => {
    await sessions.ask(batch);
    net.state.meddle = () => Promise.reject(new RpcError('event_store.database_unavailable', 'no', {}, { refused: true }));
    await expect(sessions.ask(batch)).rejects.toMatchObject({ code: 'event_store.database_unavailable' });
    net.state.meddle = (_subject, _options, pass) => pass();
    await sessions.ask(batch);
    expect(net.state.opened).toBe(1);
  });
});
