import { replayPage, type PublishingService, type ReplayPage } from '@latchkey/contracts';
import { generateKeyPairSync, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import type { ReplayReply } from '../relay/replay.js';
import type { SignEvent, VerifyEvent } from '../signing.js';

const textOf = (subject: string, bytes: Uint8Array) => Buffer.concat([Buffer.from(`${subject}\n`), bytes]);

/** A service's message key, as @latchkey/sealing makes one, in the few lines that these specs need. */
export const specKey = (service: PublishingService = 'gateway') => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const sign: SignEvent = (subject, bytes) => signBytes(null, textOf(subject, bytes), privateKey).toString('base64url');
  const verify: VerifyEvent = (source, subject, bytes, signature) =>
    source === service && verifyBytes(null, textOf(subject, bytes), publicKey, Buffer.from(signature, 'base64url'));
  return { sign, verify };
};

/** The gateway's, for all specs of a file. */
export const gatewayKey = specKey();

export const pageOf = ({ text }: ReplayReply): ReplayPage => replayPage.parse(JSON.parse(text));
