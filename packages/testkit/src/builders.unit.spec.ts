import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { manualClock, messageKey, natsIdentity } from './index.js';

describe('manualClock', () => {
  it('moves only when told', () => {
    const clock = manualClock(1_000);
    clock.advance(500);
    expect([clock.now(), clock.now()]).toEqual([1_500, 1_500]);
    clock.set(7);
    expect(clock.now()).toBe(7);
    expect(manualClock().now()).toBe(manualClock().now());
  });
});

describe('messageKey', () => {
  it('has two halves that belong together, of which the public one holds no secret', async () => {
    const key = await messageKey();
    const data = Buffer.from('x');
    const signature = sign(null, data, createPrivateKey({ key: key.privateJwk, format: 'jwk' }));
    expect(verify(null, data, createPublicKey({ key: key.publicJwk, format: 'jwk' }), signature)).toBe(true);
    expect(key.publicJwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: key.kid });
    expect(key.publicJwk).not.toHaveProperty('d');
    expect((await messageKey('vault-1')).kid).toBe('vault-1');
  });
});

describe('natsIdentity', () => {
  it('is a user nkey', () => {
    expect(natsIdentity().seed).toMatch(/^SU[A-Z2-7]{56}$/);
    expect(natsIdentity().publicKey).toMatch(/^U[A-Z2-7]{55}$/);
    expect(natsIdentity().seed).not.toBe(natsIdentity().seed);
  });
});
