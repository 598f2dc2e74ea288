import type { UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import { credentialIdOf } from '../credential/credential-id.js';
import { instantOf } from '../credential/credential.js';
import { keyPairDecider, keyPairLifetimeMs, type KeyPairCommand, type KeyPairEnd, type KeyPairEvent } from './key-pair.js';

const keyPair = specFor(keyPairDecider);
const account = { userId: 'user-1' as UserId, exchange: 'binance', environment: 'live' } as const;
const identity = { ...account, credentialId: credentialIdOf(account) };
const t0 = Date.UTC(2026, 10, 22, 9);
const [first, second] = ['a'.repeat(64), 'b'.repeat(64)];

const generated = (publicKeyDigest = first, atMs = t0): KeyPairEvent => ({
  type: 'KeyPairGenerated',
  v: 1,
  data: { ...identity, publicKeyDigest, expiresAt: instantOf(atMs + keyPairLifetimeMs) },
});
const destroyed = (reason: KeyPairEnd, publicKeyDigest = first): KeyPairEvent => ({
  type: 'KeyPairDestroyed',
  v: 1,
  data: { ...identity, publicKeyDigest, reason },
});
const generate = (publicKeyDigest = first, atMs = t0) =>
  ({ type: 'GenerateKeyPair', data: { ...identity, publicKeyDigest, atMs } }) as const;
const destroy = (data: Extract<KeyPairCommand, { type: 'DestroyKeyPair' }>['data']) =>
  ({ type: 'DestroyKeyPair', data }) as const;

describe('generating a pair', () => {
  it('makes one that waits a week', () => keyPair.given().when(generate()).then(generated()));

  it('ends the one before', () => {
    keyPair
      .given(generated())
      .when(generate(second, t0 + 1))
      .then(destroyed('replaced'), generated(second, t0 + 1));
  });

  it('begins anew after an end', () => {
    keyPair.given(generated(), destroyed('expired')).when(generate(second)).then(generated(second));
  });
});

describe('destroying a pair', () => {
  it('says why', () => {
    keyPair
      .given(generated())
      .when(destroy({ reason: 'deleted' }))
      .then(destroyed('deleted'));
    keyPair
      .given(generated())
      .when(destroy({ reason: 'activated', publicKeyDigest: first }))
      .then(destroyed('activated'));
    keyPair
      .given(generated())
      .when(destroy({ reason: 'damaged', publicKeyDigest: first }))
      .then(destroyed('damaged'));
  });

  it.each(['activated', 'damaged'] as const)('that was %s leaves a newer one alone', (reason) => {
    keyPair
      .given(generated(), destroyed('replaced'), generated(second))
      .when(destroy({ reason, publicKeyDigest: first }))
      .thenNothing();
  });

  it('for its age waits until its time is over', () => {
    keyPair
      .given(generated())
      .when(destroy({ reason: 'expired', atMs: t0 + keyPairLifetimeMs - 1 }))
      .thenNothing();
    keyPair
      .given(generated())
      .when(destroy({ reason: 'expired', atMs: t0 + keyPairLifetimeMs }))
      .then(destroyed('expired'));
  });

  it('is quiet when there is none', () => {
    keyPair
      .given()
      .when(destroy({ reason: 'deleted' }))
      .thenNothing();
    keyPair
      .given(generated(), destroyed('deleted'))
      .when(destroy({ reason: 'deleted' }))
      .thenNothing();
  });
});
