import type { PublishingService } from '@latchkey/contracts';
import type { MsgHdrs } from '@nats-io/transport-node';

/** Signs, as this service, what it says on a subject; `createEventSigner` of @latchkey/sealing. */
export type SignEvent = (subject: string, bytes: Uint8Array) => string | Promise<string>;

/** Whether `source` signed exactly these bytes for this subject; `createEventVerifier` of @latchkey/sealing. */
export type VerifyEvent = (
  source: PublishingService,
  subject: string,
  bytes: Uint8Array,
  signature: string,
) => boolean | Promise<boolean>;

export const signatureHeader = 'Latchkey-Signature';

/** The subject that a replay's answer is signed for. */
export const replaySubjectOf = (service: PublishingService) => `cmd.${service}.replay` as const;

export type SignedMessage = { readonly subject: string; readonly data: Uint8Array; readonly headers: MsgHdrs | undefined };

export const isGenuine = async (
  verify: VerifyEvent,
  source: PublishingService,
  { subject, data, headers }: SignedMessage,
): Promise<boolean> => verify(source, subject, data, headers?.get(signatureHeader) ?? '');
