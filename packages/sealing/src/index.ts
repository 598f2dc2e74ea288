export type { JWK } from 'jose';
export { SealingError, type SealingErrorCode } from './errors.js';
export { createEventSigner, createEventVerifier } from './event/event-signature.js';
export { importSealingKey } from './jose/sealing-key.js';
export { generateMessageKeyJwk, loadMessageKey, publicMessageJwk, type MessageKey } from './message/message-key.js';
export { signMessage, type SignMessageOptions } from './message/sign-message.js';
export { createTrustedKeys, type TrustedKeys } from './message/trusted-keys.js';
export { verifyMessage, type VerifiedMessage, type VerifyMessageOptions } from './message/verify-message.js';
export { openSecret, type OpenedSecret, type OpenSecretOptions } from './secret/open-secret.js';
export { checkSealingKey, type SealingKeyPin, type SignedSealingKey } from './secret/check-sealing-key.js';
export { maxSecretBytes, sealSecret, secretType, type SecretHeader } from './secret/seal-secret.js';
export { headerOfFrame, type FrameHeader } from './session/frame.js';
export { acceptSession, offerSession, type SessionOffer } from './session/handshake.js';
export {
  maxSessionMs,
  type AnsweringSession,
  type AskedFrame,
  type AskingSession,
  type ReceivedFrame,
} from './session/session.js';
