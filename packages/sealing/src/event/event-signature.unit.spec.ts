import { beforeAll, describe, expect, it } from 'vitest';
import { generateMessageKeyJwk, loadMessageKey, publicMessageJwk, type MessageKey } from '../message/message-key.js';
import { createTrustedKeys } from '../message/trusted-keys.js';
import { createEventSigner, createEventVerifier } from './event-signature.js';

const subject = 'evt.gateway.signal.received.07';
const bytes = new TextEncoder().encode('{"id":"1"}');
let keys: readonly MessageKey[];
let verify: ReturnType<typeof createEventVerifier>;

beforeAll(async () => {
  const jwks = await Promise.all([1, 2, 3, 4].map(() => generateMessageKeyJwk()));
  const issuers = ['gateway', 'gateway', 'audit', 'gateway'];
  keys = await Promise.all(jwks.map((jwk, i) => loadMessageKey(issuers[i]!, jwk)));
  const [now, next, audit] = jwks.map(publicMessageJwk);
  verify = createEventVerifier(createTrustedKeys({ gateway: [now!, next!], audit: [audit!] }));
});
const signedBy = (i: number) => createEventSigner(keys[i]!)(subject, bytes);

describe('a signature of an event', () => {
  it.each([0, 1])('is good by either key of its source (%i)', async (i) => {
    expect(await verify('gateway', subject, bytes, await signedBy(i))).toBe(true);
  });
  it('is none by the key of another service, or by one that is not trusted', async () => {
    expect(await verify('gateway', subject, bytes, await signedBy(2))).toBe(false);
    expect(await verify('gateway', subject, bytes, await signedBy(3))).toBe(false);
    expect(await verify('audit', subject, bytes, await signedBy(0))).toBe(false);
  });
  it('is good for its subject and its bytes alone', async () => {
    const signature = await signedBy(0);
    expect(await verify('gateway', 'evt.gateway.signal.received.08', bytes, signature)).toBe(false);
    expect(await verify('gateway', subject, new TextEncoder().encode('{"id":"2"}'), signature)).toBe(false);
    expect(await verify('gateway', `${subject}\n`, bytes, signature)).toBe(false);
  });
  it('is none under the kid of another key of its source', async () => {
    const signature = (await signedBy(0)).replace(keys[0]!.kid, keys[1]!.kid);
    expect(await verify('gateway', subject, bytes, signature)).toBe(false);
  });
  it.each(['', '.', 'x.y', `${'A'.repeat(43)}.${'A'.repeat(86)}`])('is none when it cannot be read: %j', async (signature) => {
    expect(await verify('gateway', subject, bytes, signature)).toBe(false);
  });
  it('is none when something was added to it or cut off', async () => {
    const signature = await signedBy(0);
    for (const altered of [`${signature}A`, `${signature}=`, ` ${signature}`, signature.slice(0, -1)])
      expect(await verify('gateway', subject, bytes, altered)).toBe(false);
  });
});
