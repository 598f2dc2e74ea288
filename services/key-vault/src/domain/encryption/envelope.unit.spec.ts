import { randomBytes } from 'node:crypto';
import type { UserId } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { credentialIdOf } from '../credential/credential-id.js';
import { credentialBinding, sealingKeyBinding, type Binding } from './binding.js';
import { keyIdOfEnvelope, openEnvelope, rewrapEnvelope, sealEnvelope } from './envelope.js';
import { createKeyring, keyIdOf } from './keyring.js';

const account = { userId: 'user-1' as UserId, exchange: 'binance', environment: 'live' } as const;
const credentialId = credentialIdOf(account);
const binding = credentialBinding(account, credentialId, 'api_secret', 3);
const secret = Buffer.from('s3cr3t'.repeat(10), 'utf8');
const master = () => Buffer.from('00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210', 'hex');
const otherMaster = () => Buffer.from('f0e1d2c3b4a5968778695a4b3c2d1e0f0123456789abcdeffedcba9876543210', 'hex');
const keyring = createKeyring({ current: master(), random: randomBytes });
const seal = (of: Binding = binding) => sealEnvelope(keyring, randomBytes, of, secret);
const refused = expect.objectContaining({ code: 'vault.integrity_failed' });

describe('an envelope', () => {
  it('opens for what it belongs to, and never looks the same twice', async () => {
    const [first, second] = await Promise.all([seal(), seal()]);
    expect((await openEnvelope(keyring, binding, first)).equals(secret)).toBe(true);
    const parts = (text: string) => text.split('.').slice(2);
    expect(parts(first).some((part) => parts(second).includes(part))).toBe(false);
    expect(first).not.toContain(secret.toString('base64url').slice(0, 16));
  });

  it('opens as it was written by the first version, for ever', async () => {
    const written =
      'lk1.0ddfbca2b70cb0aa.LSXyhaiE1PUvOXRoC4i3NcAG_jcmDC225w6IGYXEQbmS_q3w5LW9LRZiUk5sIZjt6nRFMah1FsOsMxhi.SDOBkHUMThRmQ5xp7isMyQ1wZ-eY5eAqaq5-l3N8vZsDhVDhUIxOWnuXa16QE7gaJT-wZUzBA2ITUHj2uN2d5f1wHWwbJ12G3jF1YTT_WtoJPNXNAAeEBQ';
    expect(credentialId).toBe('cc457e7f-cafa-81cc-9219-b918fde2d980');
    expect((await openEnvelope(keyring, binding, written)).equals(secret)).toBe(true);
  });

  it.each<[string, Binding]>([
    ['another user', credentialBinding({ ...account, userId: 'user-2' as UserId }, credentialId, 'api_secret', 3)],
    ['another exchange', credentialBinding({ ...account, exchange: 'bybit' }, credentialId, 'api_secret', 3)],
    ['another environment', credentialBinding({ ...account, environment: 'testnet' }, credentialId, 'api_secret', 3)],
    ['another credential', credentialBinding(account, credentialIdOf({ ...account, exchange: 'bybit' }), 'api_secret', 3)],
    ['another field', credentialBinding(account, credentialId, 'api_key', 3)],
    ['a later version', credentialBinding(account, credentialId, 'api_secret', 4)],
    ['another use', { ...sealingKeyBinding(credentialId), field: 'api_secret' }],
  ])('does not open for %s', async (_what, other) => {
    await expect(openEnvelope(keyring, other, await seal())).rejects.toThrow(refused);
  });

  it('does not open once a single bit of it differs', async () => {
    const envelope = await seal();
    await fc.assert(
      fc.asyncProperty(fc.nat(envelope.length - 1), fc.nat(6), async (at, bit) => {
        const changed = Buffer.from(envelope, 'latin1');
        changed[at] = changed[at]! ^ (1 << bit);
        await expect(openEnvelope(keyring, binding, changed.toString('latin1'))).rejects.toThrow(refused);
      }),
      { numRuns: 500 },
    );
  });

  it('does not open cut short, lengthened, or put together from two', async () => {
    const [one, two] = await Promise.all([seal(), seal()]);
    for (let length = 0; length < one.length; length += 1) {
      await expect(openEnvelope(keyring, binding, one.slice(0, length))).rejects.toThrow(refused);
    }
    const [format, keyId, wrapped] = one.split('.');
    const mixed = [format, keyId, wrapped, two.split('.')[3]].join('.');
    for (const text of [mixed, `${one}A`, `${one}.AA`, ` ${one}`, `${one}=`, 'x'.repeat(100_000)]) {
      await expect(openEnvelope(keyring, binding, text)).rejects.toThrow(refused);
    }
  });

  it('refuses any text at all with the one typed error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        await expect(openEnvelope(keyring, binding, text)).rejects.toThrow(refused);
      }),
    );
  });
});

describe('the keyring', () => {
  it('reads with the previous key and writes with the current one', async () => {
    const old = await seal();
    const rotated = createKeyring({ current: otherMaster(), reading: [master()], random: randomBytes });
    expect((await openEnvelope(rotated, binding, old)).equals(secret)).toBe(true);
    const fresh = await sealEnvelope(rotated, randomBytes, binding, secret);
    expect(keyIdOfEnvelope(fresh)).toBe(keyIdOf(otherMaster()));
    await expect(openEnvelope(keyring, binding, fresh)).rejects.toThrow(refused);
  });

  it('overwrites the master key that it was made from', () => {
    const given = master();
    createKeyring({ current: given, random: randomBytes });
    expect(given.every((byte) => byte === 0)).toBe(true);
  });

  it('names a key the same for ever, and names the same key once', async () => {
    expect(keyIdOf(master())).toBe('0ddfbca2b70cb0aa');
    const both = createKeyring({ current: master(), reading: [master()], random: randomBytes });
    expect(await both.keyIds()).toEqual([keyIdOf(master())]);
  });

  it('derives one fingerprint key from the key that writes, the same for ever', async () => {
    const derived = async (current: Buffer, reading: readonly Buffer[] = []) =>
      (await createKeyring({ current, reading, random: randomBytes }).deriveFingerprintKey()).toString('hex');
    expect(await derived(master())).toBe('a1926b5e438c4f98901172a3cbe7a48682b32a3c76ac5926378c5f7e6bacb183');
    expect(await derived(master(), [otherMaster()])).toBe(await derived(master()));
    expect(await derived(otherMaster(), [master()])).not.toBe(await derived(master()));
  });
});

describe('an envelope that is wrapped anew', () => {
  const both = createKeyring({ current: otherMaster(), reading: [master()], random: randomBytes });
  const wrapping = { use: binding.use, owner: binding.owner, field: binding.field };

  it('has the same contents under another key, which alone opens it', async () => {
    const old = await seal();
    const fresh = await rewrapEnvelope(keyIdOf(otherMaster()), both, wrapping, old);
    expect(keyIdOfEnvelope(fresh)).toBe(keyIdOf(otherMaster()));
    expect(fresh.split('.')[3]).toBe(old.split('.')[3]);
    const alone = createKeyring({ current: otherMaster(), random: randomBytes });
    expect((await openEnvelope(alone, binding, fresh)).equals(secret)).toBe(true);
    await expect(openEnvelope(keyring, binding, fresh)).rejects.toThrow(refused);
  });

  it('stays as it is when it is under that key already', async () => {
    const fresh = await sealEnvelope(both, randomBytes, binding, secret);
    expect(await rewrapEnvelope(keyIdOf(otherMaster()), both, wrapping, fresh)).toBe(fresh);
  });

  it.each([
    ['another owner', { owner: 'somebody' }],
    ['another field', { field: 'api_key' }],
    ['another use', { use: 'sealing-key' as const }],
  ])('is refused for %s', async (_what, other) => {
    await expect(rewrapEnvelope(keyIdOf(otherMaster()), both, { ...wrapping, ...other }, await seal())).rejects.toThrow(refused);
  });

  it('does not become whole by it: what was changed in its contents still does not open', async () => {
    const parts = (await seal()).split('.');
    const contents = Buffer.from(parts[3]!, 'base64url');
    contents[20] = contents[20]! ^ 1;
    const rewrapped = await rewrapEnvelope(
      keyIdOf(otherMaster()),
      both,
      wrapping,
      [...parts.slice(0, 3), contents.toString('base64url')].join('.'),
    );
    await expect(openEnvelope(both, binding, rewrapped)).rejects.toThrow(refused);
  });
});
