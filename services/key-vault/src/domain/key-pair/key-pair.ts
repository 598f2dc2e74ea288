import type { EventOf } from '@latchkey/contracts';
import { assertNever, type Decider } from '@latchkey/kernel';
import { instantOf, msOf, type CredentialIdentity } from '../credential/credential.js';

export type KeyPairEvent = EventOf<'KeyPairGenerated' | 'KeyPairDestroyed'>;
export type KeyPairEnd = Extract<KeyPairEvent, { type: 'KeyPairDestroyed' }>['data']['reason'];

export type PendingKeyPair = CredentialIdentity & { readonly publicKeyDigest: string; readonly expiresAt: string };

/** The pair that the vault made for an account and whose public half is on its way to the exchange: at most one. */
export type KeyPair = { readonly status: 'none' } | (PendingKeyPair & { readonly status: 'pending' });

export type KeyPairCommand =
  | {
      readonly type: 'GenerateKeyPair';
      readonly data: CredentialIdentity & { readonly publicKeyDigest: string; readonly atMs: number };
    }
  | {
      readonly type: 'DestroyKeyPair';
      readonly data:
        | { readonly reason: 'activated' | 'damaged'; readonly publicKeyDigest: string }
        | { readonly reason: 'deleted' }
        | { readonly reason: 'expired'; readonly atMs: number };
    };

/** For as long a pair waits to be registered and activated. */
export const keyPairLifetimeMs = 7 * 24 * 60 * 60 * 1_000;

export const isFresh = ({ expiresAt }: Pick<PendingKeyPair, 'expiresAt'>, atMs: number): boolean => atMs < msOf(expiresAt);

const destroyed = (
  { credentialId, userId, exchange, environment, publicKeyDigest }: PendingKeyPair,
  reason: KeyPairEnd,
): KeyPairEvent => ({
  type: 'KeyPairDestroyed',
  v: 1,
  data: { credentialId, userId, exchange, environment, publicKeyDigest, reason },
});

const destroy = (
  keyPair: KeyPair,
  ending: Extract<KeyPairCommand, { type: 'DestroyKeyPair' }>['data'],
): readonly KeyPairEvent[] => {
  if (keyPair.status === 'none') return [];
  const isNewer = 'publicKeyDigest' in ending && ending.publicKeyDigest !== keyPair.publicKeyDigest;
  const isTooEarly = ending.reason === 'expired' && isFresh(keyPair, ending.atMs);
  return isNewer || isTooEarly ? [] : [destroyed(keyPair, ending.reason)];
};

const decide = (command: KeyPairCommand, keyPair: KeyPair): readonly KeyPairEvent[] => {
  switch (command.type) {
    case 'GenerateKeyPair': {
      const { atMs, ...data } = command.data;
      const expiresAt = instantOf(atMs + keyPairLifetimeMs);
      const generated: KeyPairEvent = { type: 'KeyPairGenerated', v: 1, data: { ...data, expiresAt } };
      return keyPair.status === 'none' ? [generated] : [destroyed(keyPair, 'replaced'), generated];
    }
    case 'DestroyKeyPair':
      return destroy(keyPair, command.data);
    default:
      return assertNever(command);
  }
};

const evolve = (_before: KeyPair, { type, data }: KeyPairEvent): KeyPair =>
  type === 'KeyPairGenerated' ? { status: 'pending', ...data } : { status: 'none' };

export const keyPairDecider: Decider<KeyPair, KeyPairCommand, KeyPairEvent> = { initial: { status: 'none' }, decide, evolve };
