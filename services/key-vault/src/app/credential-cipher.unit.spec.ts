import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CredentialId } from '@latchkey/kernel';
import { keyIdOfEnvelope } from '../domain/encryption/envelope.js';
import { createKeyring } from '../domain/encryption/keyring.js';
import { accountOf } from '../testing/vault-fixture.js';
import { createCredentialCipher } from './credential-cipher.js';
import { replaceableKeys } from './replaceable-keys.js';

const ring = (current: number, reading: number) =>
  createKeyring({ current: Buffer.alloc(32, current), reading: [Buffer.alloc(32, reading)], random: randomBytes });

describe('a key pair that is encrypted while the master keys are exchanged', () => {
  it('is under one master key, the one that its row is stored under', async () => {
    const held = replaceableKeys(ring(1, 2));
    let asked = 0;
    const keyIds = async () => {
      asked += 1;
      if (asked === 2) await held.replace(ring(2, 1));
      return held.keys.keyIds();
    };
    const cipher = createCredentialCipher({ ...held.keys, keyIds }, randomBytes, { of: async () => 'fingerprint' });
    const of = { ...accountOf('user-1'), credentialId: 'f1' as CredentialId };
    const sealed = await cipher.seal(of, 1, Buffer.from('key'), Buffer.from('secret'));
    expect([sealed.apiKey, sealed.apiSecret].map(keyIdOfEnvelope)).toEqual([sealed.keyId, sealed.keyId]);
  });
});
