import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateMessageKeyJwk, loadMessageKey, type MessageKey } from '../message/message-key.js';
import { signMessage } from '../message/sign-message.js';
import { createTrustedKeys, type TrustedKeys } from '../message/trusted-keys.js';
import { agreeOn, createEphemeralHalf, sharedSecret, type SessionKeys, type Transcript } from './agreement.js';
import { maxFrames, sealFrame } from './frame.js';
import { acceptSession, offerSession } from './handshake.js';
import { createAnsweringSession, createAskingSession, maxSessionMs, type AskingSession } from './session.js';

const code = (value: string): Error => expect.objectContaining({ code: value }) as Error;
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const manualClock = (ms: number) => {
  const clock = { ms, now: () => clock.ms };
  return clock;
};

let executor: MessageKey;
let next: MessageKey;
let retired: MessageKey;
let vault: MessageKey;
let gateway: MessageKey;
let trusted: TrustedKeys;

beforeAll(async () => {
  const jwks = await Promise.all([1, 2, 3, 4, 5].map(() => generateMessageKeyJwk()));
  const names = ['trade-executor', 'trade-executor', 'trade-executor', 'key-vault', 'gateway'];
  [executor, next, retired, vault, gateway] = (await Promise.all(jwks.map((jwk, i) => loadMessageKey(names[i] ?? '', jwk)))) as [
    MessageKey,
    MessageKey,
    MessageKey,
    MessageKey,
    MessageKey,
  ];
  trusted = createTrustedKeys({
    'trade-executor': [executor.publicJwk, next.publicJwk],
    'key-vault': [vault.publicJwk],
    gateway: [gateway.publicJwk],
  });
});

const now = Date.UTC(2026, 0, 15, 12);
const offered = (key: MessageKey, clock = manualClock(now)) => offerSession({ key, trusted, responder: 'key-vault', clock });
const accepted = (offer: string, { key = vault, instance = 'vault-1', clock = manualClock(now) } = {}) =>
  acceptSession({ offer, key, trusted, issuers: ['trade-executor'], instance, clock });

const handshake = async (key = executor, instance = 'vault-1') => {
  const clock = manualClock(now);
  const { offer, complete } = await offered(key, clock);
  const { acceptance, session: answering } = await accepted(offer, { instance, clock });
  return { asking: await complete(acceptance), answering, clock, offer, acceptance };
};

describe('a session', () => {
  it('carries questions and their answers, and is between the two who signed for it', async () => {
    const { asking, answering } = await handshake();
    expect(answering).toMatchObject({ sid: asking.sid, initiator: 'trade-executor' });
    expect(asking.instance).toBe('vault-1');
    for (const text of ['first', 'second', '']) {
      const asked = asking.ask(bytes(text));
      const received = answering.open(asked.frame);
      expect(received.plaintext.toString()).toBe(text);
      expect(asked.open(received.reply(bytes(`re: ${text}`))).toString()).toBe(`re: ${text}`);
    }
  });

  it('opens for either of the two keys that an identity has while they are rotated', async () => {
    expect((await handshake(next)).answering.initiator).toBe('trade-executor');
    await expect(offered(retired).then(({ offer }) => accepted(offer))).rejects.toEqual(code('sealing.unknown_key'));
  });

  it('shows the carrier nothing but session and counter', async () => {
    const { asking, answering } = await handshake();
    const asked = asking.ask(bytes('canary-77'));
    const reply = answering.open(asked.frame).reply(bytes('canary-78'));
    expect(decodeProtectedHeader(asked.frame)).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      typ: 'latchkey-session-request',
      sid: asking.sid,
      ctr: 1,
    });
    expect(decodeProtectedHeader(reply)).toMatchObject({ typ: 'latchkey-session-reply', ctr: 1 });
    for (const part of [...asked.frame.split('.'), ...reply.split('.')])
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain('canary');
  });
});

describe('a handshake', () => {
  const offerBy = (key: MessageKey, over: Partial<Parameters<typeof signMessage>[0]> = {}) =>
    signMessage({
      key,
      audience: 'key-vault',
      type: 'latchkey-session-offer',
      payload: { epk: createEphemeralHalf().epk },
      clock: { now: () => now },
      ...over,
    });

  it.each<[string, () => Promise<string>, string]>([
    ['by a service that may have none', () => offerBy(gateway), 'sealing.wrong_issuer'],
    ['by a key that was rotated out', () => offerBy(retired), 'sealing.unknown_key'],
    ['to another service', () => offerBy(executor, { audience: 'gateway' }), 'sealing.wrong_audience'],
    ['that was signed to be something else', () => offerBy(executor, { type: 'cmd.key-vault.session' }), 'sealing.wrong_type'],
    ['from yesterday', () => offerBy(executor, { clock: { now: () => now - 86_400_000 } }), 'sealing.stale'],
    ['without a key', () => offerBy(executor, { payload: {} }), 'sealing.malformed'],
    ['with more than a key', () => offerBy(executor, { payload: { epk: 'x', alg: 'none' } }), 'sealing.malformed'],
    ['with a key that is none', () => offerBy(executor, { payload: { epk: 'AAAA' } }), 'sealing.key_invalid'],
    ['in clear', async () => JSON.stringify({ epk: createEphemeralHalf().epk }), 'sealing.malformed'],
  ])('is not begun by an offer %s', async (_what, make, refusal) => {
    await expect(make().then((offer) => accepted(offer))).rejects.toEqual(code(refusal));
  });

  it('is not completed by an acceptance of another service, of another offer, or to somebody else', async () => {
    const [mine, other] = [await offered(executor), await offered(executor)];
    const honest = await accepted(other.offer);
    await expect(mine.complete(honest.acceptance)).rejects.toEqual(code('sealing.malformed'));
    const { body } = JSON.parse(Buffer.from(honest.acceptance.split('.')[1] ?? '', 'base64url').toString()) as { body: object };
    const made = (key: MessageKey, audience: string, payload: unknown) =>
      signMessage({ key, audience, type: 'latchkey-session-acceptance', payload, clock: { now: () => now } });
    await expect(mine.complete(await made(gateway, 'trade-executor', body))).rejects.toEqual(code('sealing.wrong_issuer'));
    await expect(mine.complete(await made(vault, 'gateway', body))).rejects.toEqual(code('sealing.wrong_audience'));
    await expect(mine.complete(mine.offer)).rejects.toEqual(code('sealing.wrong_type'));
    for (const over of [{ sid: '../../x' }, { instance: 'cmd.>' }, { instance: '*' }]) {
      const acceptance = await made(vault, 'trade-executor', { ...(await ownBody(mine.offer)), ...over });
      await expect(mine.complete(acceptance)).rejects.toEqual(code('sealing.malformed'));
    }
  });

  const ownBody = async (offer: string): Promise<object> => {
    const { acceptance } = await accepted(offer);
    return (JSON.parse(Buffer.from(acceptance.split('.')[1] ?? '', 'base64url').toString()) as { body: object }).body;
  };

  it('refuses each of the points of low order, at both ends', async () => {
    const { privateKey } = createEphemeralHalf();
    for (const hex of lowOrder) {
      const epk = Buffer.from(hex, 'hex').toString('base64url');
      expect(codeOf(() => sharedSecret(privateKey, epk))).toBe('sealing.key_invalid');
      await expect(offerBy(executor, { payload: { epk } }).then((offer) => accepted(offer))).rejects.toEqual(
        code('sealing.key_invalid'),
      );
      const { offer, complete } = await offered(executor);
      const payload = { ...(await ownBody(offer)), epk };
      const acceptance = await signMessage({
        key: vault,
        audience: 'trade-executor',
        type: 'latchkey-session-acceptance',
        payload,
        clock: { now: () => now },
      });
      await expect(complete(acceptance)).rejects.toEqual(code('sealing.key_invalid'));
    }
  });

  it('gives other keys where any part of the transcript differs', () => {
    const [one, other] = [createEphemeralHalf(), createEphemeralHalf()];
    const facts: Transcript = { offer: 'o', acceptance: 'a', sid: 's', initiator: 'i', responder: 'r', instance: 'n' };
    const hexOf = (keys: SessionKeys): string =>
      `${keys.request.export().toString('hex')}/${keys.reply.export().toString('hex')}`;
    const same = hexOf(agreeOn(one.privateKey, other.epk, facts));
    expect(hexOf(agreeOn(other.privateKey, one.epk, facts))).toBe(same);
    const [request, reply] = same.split('/');
    expect(request).not.toBe(reply);
    const names = Object.keys(facts) as (keyof Transcript)[];
    const others = names.map((name) => hexOf(agreeOn(one.privateKey, other.epk, { ...facts, [name]: 'x' })));
    expect(new Set([same, ...others]).size).toBe(names.length + 1);
    // Moving a character from one part to the next is another transcript, too.
    expect(hexOf(agreeOn(one.privateKey, other.epk, { ...facts, offer: 'oa', acceptance: '' }))).not.toBe(same);
  });
});

describe('a frame', () => {
  it('is taken once, and never after a later one', async () => {
    const { asking, answering } = await handshake();
    const [first, second, third] = ['1', '2', '3'].map((text) => asking.ask(bytes(text)).frame) as [string, string, string];
    expect(answering.open(first).counter).toBe(1);
    expect(codeOf(() => answering.open(first))).toBe('sealing.counter_used');
    expect(answering.open(third).counter).toBe(3); // one that was lost is not waited for
    for (const frame of [first, second, third]) expect(codeOf(() => answering.open(frame))).toBe('sealing.counter_used');
  });

  it('is taken in whatever sequence only as far as its counter is above all before it', () => {
    const order = fc.array(fc.integer({ min: 0, max: 19 }), { maxLength: 40 });
    const facts = { sid: 'AAAAAAAAAAAAAAAAAAAAAA', keys: specKeys(), openedAt: now, clock: manualClock(now) };
    fc.assert(
      fc.property(order, (arrivals) => {
        const sender = createAskingSession(facts, 'vault-1');
        const receiver = createAnsweringSession(facts, 'trade-executor');
        const frames = Array.from({ length: 20 }, (_, i) => sender.ask(bytes(String(i))).frame);
        let highest = -1;
        for (const i of arrivals) {
          expect(codeOf(() => receiver.open(frames[i] ?? ''))).toBe(i > highest ? 'taken' : 'sealing.counter_used');
          highest = Math.max(highest, i);
        }
      }),
    );
  });

  it('comes back to its sender as nothing: not reflected, not as the answer to another, not twice', async () => {
    const { asking, answering } = await handshake();
    const [first, second] = [asking.ask(bytes('1')), asking.ask(bytes('2'))];
    const replies = [first, second].map(({ frame }, i) => answering.open(frame).reply(bytes(`re ${i + 1}`)));
    expect(codeOf(() => first.open(first.frame))).toBe('sealing.cannot_open');
    expect(codeOf(() => answering.open(replies[0] ?? ''))).toBe('sealing.cannot_open');
    expect(codeOf(() => first.open(replies[1] ?? ''))).toBe('sealing.counter_used');
    expect(first.open(replies[0] ?? '').toString()).toBe('re 1');
    expect(codeOf(() => first.open(replies[0] ?? ''))).toBe('sealing.counter_used');
    expect(second.open(replies[1] ?? '').toString()).toBe('re 2'); // whatever order answers come in
  });

  it('is answered once: a second answer would repeat a nonce', async () => {
    const { asking, answering } = await handshake();
    const received = answering.open(asking.ask(bytes('1')).frame);
    received.reply(bytes('a'));
    expect(codeOf(() => received.reply(bytes('b')))).toBe('sealing.counter_used');
  });

  it('opens in no other session, though its name were changed', async () => {
    const [one, other] = [await handshake(), await handshake()];
    const { frame } = one.asking.ask(bytes('1'));
    expect(codeOf(() => other.answering.open(frame))).toBe('sealing.cannot_open');
    const renamed = frame.replace(/^[^.]+/, (head) =>
      Buffer.from(Buffer.from(head, 'base64url').toString().replace(one.asking.sid, other.asking.sid)).toString('base64url'),
    );
    expect(codeOf(() => other.answering.open(renamed))).toBe('sealing.cannot_open');
  });

  it('is refused with any of its bits changed, and the honest one is taken after all of them', async () => {
    const { asking, answering } = await handshake();
    const { frame } = asking.ask(bytes('{"items":[]}'));
    const parts = frame.split('.');
    let tried = 0;
    parts.forEach((part, at) => {
      const raw = Buffer.from(part, 'base64url');
      for (let bit = 0; bit < raw.length * 8; bit += 1) {
        const changed = Buffer.from(raw);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const mutant = parts.with(at, changed.toString('base64url')).join('.');
        expect(codeOf(() => answering.open(mutant))).toMatch(/^sealing\.(malformed|cannot_open)$/);
        tried += 1;
      }
    });
    expect(tried).toBeGreaterThan(1_000);
    expect(answering.open(frame).plaintext.toString()).toBe('{"items":[]}');
  });

  it('has one spelling: nothing else of JOSE is taken, not even by who holds the key', async () => {
    const keys = specKeys();
    const sid = 'AAAAAAAAAAAAAAAAAAAAAA';
    const receiver = createAnsweringSession({ sid, keys, openedAt: now, clock: manualClock(now) }, 'trade-executor');
    const header = { alg: 'dir', enc: 'A256GCM', typ: 'latchkey-session-request', sid, ctr: 1 };
    const nonce = (ctr: number): Uint8Array => Buffer.concat([Buffer.alloc(8), Buffer.from([0, 0, 0, ctr])]);
    const made = (over: object, iv = nonce(1), key: KeyObject | Uint8Array = keys.request) =>
      new CompactEncrypt(bytes('x'))
        .setProtectedHeader({ ...header, ...over })
        // oxlint-disable-next-line typescript/no-deprecated -- a vector of its own: what we make follows from the counter
        .setInitializationVector(iv)
        .encrypt(key);
    for (const over of [
      { zip: 'DEF' },
      { kid: 'x' },
      { enc: 'A256CBC-HS512' },
      { typ: 'JWT' },
      { typ: 'latchkey-session-reply' },
      { sid: 'BBBBBBBBBBBBBBBBBBBBBB' },
      { ctr: '1' },
      { ctr: 0 },
      { ctr: -1 },
      { ctr: 1.5 },
      { ctr: maxFrames + 1 },
      { ctr: undefined },
    ]) {
      const key = over.enc === undefined ? keys.request : new Uint8Array(64);
      const jwe = await made(over, over.enc === undefined ? nonce(1) : Buffer.alloc(16), key);
      expect(codeOf(() => receiver.open(jwe))).toMatch(/^sealing\.(malformed|cannot_open)$/);
    }
    const otherNonce = await made({}, nonce(2));
    expect(codeOf(() => receiver.open(otherNonce))).toBe('sealing.malformed');
    const honest = await made({});
    for (const spelling of [
      `${honest}=`,
      ` ${honest}`,
      `${honest}\n`,
      `${honest}.`,
      honest.replace('..', '.AAAA.'),
      honest.toUpperCase(),
      '',
    ])
      expect(codeOf(() => receiver.open(spelling))).toBe('sealing.malformed');
    expect(receiver.open(honest).plaintext.toString()).toBe('x'); // jose makes what we take …
    const ours = sealFrame(keys.request, { direction: 'request', sid, ctr: 2 }, bytes('y'));
    expect(Buffer.from((await compactDecrypt(ours, keys.request)).plaintext).toString()).toBe('y'); // … and opens what we make
  });
});

describe('the end of a session', () => {
  it('is an hour after it began, at both ends', async () => {
    const { asking, answering, clock } = await handshake();
    expect(asking.expiresAt).toBe(now + maxSessionMs);
    clock.ms = now + maxSessionMs - 1;
    const [last, late] = [asking.ask(bytes('1')), asking.ask(bytes('2'))];
    const received = answering.open(last.frame);
    clock.ms = now + maxSessionMs;
    expect(codeOf(() => asking.ask(bytes('3')))).toBe('sealing.session_over');
    expect(codeOf(() => answering.open(late.frame))).toBe('sealing.session_over');
    expect(codeOf(() => last.open(received.reply(bytes('re'))))).toBe('sealing.session_over');
  });

  it('comes with its 2^32nd frame', async () => {
    const keys = specKeys();
    const facts = { sid: 'AAAAAAAAAAAAAAAAAAAAAA', keys, openedAt: now, clock: manualClock(now) };
    const asking: AskingSession = createAskingSession(facts, 'vault-1', maxFrames - 1);
    const answering = createAnsweringSession(facts, 'trade-executor');
    expect(answering.open(asking.ask(bytes('last')).frame).counter).toBe(2 ** 32);
    expect(codeOf(() => asking.ask(bytes('more')))).toBe('sealing.session_over');
  });
});

/** Keys that a spec may hold; a session's own stay inside it. */
const specKeys = (): SessionKeys => ({ request: createSecretKey(randomBytes(32)), reply: createSecretKey(randomBytes(32)) });

// RFC 7748, section 6.1, and "May the Fourth Be With You" (Genkin, Valenta, Yarom): all encodings of points of small order.
const lowOrder = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
];
