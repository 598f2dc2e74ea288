import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { CommandContext } from '@latchkey/contracts';
import { sealingKeyMessage } from '@latchkey/contracts';
import { InvariantError, sha256Hex, type Clock } from '@latchkey/kernel';
import { signMessage, type MessageKey } from '@latchkey/sealing';
import { instantOf } from '../domain/credential/credential.js';
import { sealingKeyBinding } from '../domain/encryption/binding.js';
import { keyIdOfEnvelope, openEnvelope, sealEnvelope } from '../domain/encryption/envelope.js';
import type { KeyProvider } from '../domain/encryption/key-provider.js';
import { lifetimeMs, overlapMs } from '../domain/encryption/sealing-key-times.js';
import type { Random, SealingKeyRow, SealingKeys } from './ports.js';

type Deps = {
  readonly sealingKeys: SealingKeys;
  readonly keys: KeyProvider;
  readonly messageKey: MessageKey;
  readonly random: Random;
  readonly clock: Clock;
};

export type SealingKeyDesk = {
  /**
   * Makes the key pair of this week, if there is none, and destroys private halves whose overlap is over. Run before anything is served, and
   * again and again; of several vaults one does it.
   */
  readonly turn: (context: CommandContext) => Promise<void>;
  /** What users seal to, and the vault's word for it. */
  readonly current: () => Promise<{ readonly jwk: PublicSealingJwk; readonly signed: string }>;
  /** The private half of a key in force, not extractable. */
  readonly privateKeyOf: (kid: string) => Promise<CryptoKey | undefined>;
};

type PublicSealingJwk = SealingKeyRow['publicJwk'] & { readonly kid: string; readonly use: 'enc' };

/** RFC 7638: the digest of the members that make the key, in their order. */
const thumbprintOf = ({ crv, kty, x, y }: SealingKeyRow['publicJwk']): string =>
  Buffer.from(sha256Hex(JSON.stringify({ crv, kty, x, y })), 'hex').toString('base64url');

const coordinatesOf = ({ x = '', y = '' }: { readonly x?: string; readonly y?: string }): SealingKeyRow['publicJwk'] => ({
  kty: 'EC',
  crv: 'P-256',
  x,
  y,
});

export const createSealingKeyDesk = ({ sealingKeys, keys, messageKey, random, clock }: Deps): SealingKeyDesk => {
  const create = async (): Promise<SealingKeyRow> => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const publicJwk = coordinatesOf(pair.publicKey.export({ format: 'jwk' }));
    const kid = thumbprintOf(publicJwk);
    // Bytes, not a JWK: text cannot be overwritten.
    const bytes = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    const privateKey = await sealEnvelope(keys, random, sealingKeyBinding(kid), bytes);
    bytes.fill(0);
    return { kid, publicJwk, keyId: keyIdOfEnvelope(privateKey), privateKey };
  };
  return {
    turn: async (context) => {
      const nowMs = clock.now();
      const newest = await sealingKeys.newest();
      if (newest === undefined || newest.createdAtMs + lifetimeMs <= nowMs)
        await sealingKeys.add({ ...(await create()), createdAtMs: nowMs }, newest?.kid, context);
      await sealingKeys.destroyReplaced(nowMs - overlapMs, instantOf(nowMs), context);
    },
    current: async () => {
      const newest = await sealingKeys.newest();
      if (!newest) throw new InvariantError('there is no sealing key, though the start makes one');
      const jwk: PublicSealingJwk = { ...newest.publicJwk, kid: newest.kid, use: 'enc' };
      return { jwk, signed: await signMessage({ key: messageKey, ...sealingKeyMessage, payload: jwk, clock }) };
    },
    privateKeyOf: async (kid) => {
      const row = await sealingKeys.find(kid);
      // To the moment, also where nobody has come round to destroying it.
      if (!row || (row.replacedAtMs !== undefined && row.replacedAtMs + overlapMs <= clock.now())) return undefined;
      const bytes = await openEnvelope(keys, sealingKeyBinding(kid), row.privateKey);
      try {
        const key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
        return key.toCryptoKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);
      } finally {
        bytes.fill(0);
      }
    },
  };
};
