import {
  vaultErrors,
  type SignBatch,
  type SignedBatch,
  type SignedReplyItem,
  type SignItem,
  type VaultErrorCode,
} from '@latchkey/contracts';
import { isAppError, messageOf, sha256Hex, type Clock, type CredentialId } from '@latchkey/kernel';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { keyTypeOf } from '../domain/credential/credential.js';
import { rowFault } from '../domain/credential/integrity.js';
import { refusalToSign } from '../domain/credential/signing-policy.js';
import type { Signer } from '../domain/encryption/hmac-signature.js';
import { signerOf } from '../domain/encryption/signer.js';
import { refusalOfString } from '../domain/signing/grammar.js';
import { symbolOf } from '../domain/signing/string-symbol.js';
import { stringToSign } from '../domain/signing/string-to-sign.js';
import type { ChangeCredential } from './change-credential.js';
import type { CredentialCipher } from './credential-cipher.js';
import type { InstanceRate } from './instance-rate.js';
import type { Credentials, JudgedItem, SigningRecord, StoredCredential } from './ports.js';

type Deps = {
  readonly credentials: Pick<Credentials, 'read' | 'catchUp'>;
  readonly cipher: Pick<CredentialCipher, 'open'>;
  readonly record: SigningRecord;
  readonly rate: InstanceRate;
  readonly change: ChangeCredential;
  readonly log: { readonly error: (facts: object, message: string) => void };
  readonly clock: Clock;
};

/** What a credential answers with, or the field of its row that is damaged, or none: its master key is not at hand, and it is intact. */
type Opened =
  | { readonly ok: true; readonly apiKey: string; readonly sign: Signer }
  | { readonly ok: false; readonly field: string | undefined };

/** An item with its signature, which leaves this process only once it is recorded. */
type Prepared = JudgedItem & { readonly answer?: { readonly apiKey: string; readonly signature: string } };

/** The rows, after those that are behind their streams (a restored database, a row put back) were brought up to date. */
const readRows = async (
  credentials: Deps['credentials'],
  ids: readonly CredentialId[],
): Promise<ReadonlyMap<CredentialId, StoredCredential>> => {
  const rows = await credentials.read(ids);
  const behind = [...rows].filter(([, row]) => row.streamVersion < row.headVersion).map(([id]) => id);
  if (behind.length === 0) return rows;
  await credentials.catchUp(behind);
  return new Map([...rows, ...(await credentials.read(behind))]);
};

const openRow = async (row: StoredCredential, cipher: Deps['cipher']): Promise<Opened> => {
  const field = rowFault(row);
  if (field !== undefined) return { ok: false, field };
  if (row.secret === undefined || row.credential.status === 'none') return { ok: false, field: 'secret_missing' };
  const opened = await cipher.open(row.credential, row.secret).catch((error: unknown) => {
    // Its own item alone: the batch holds other users' strings.
    if (isAppError(error, 'vault.encryption_key_unavailable')) return { ok: false, field: undefined } as const;
    throw error;
  });
  if (!opened.ok) return opened;
  const signer = signerOf(opened.apiSecret);
  // A row that calls the key something else was altered: what may be signed depends on it.
  if (signer?.keyType !== keyTypeOf(row.credential)) return { ok: false, field: 'key_type' };
  return { ok: true, apiKey: opened.apiKey, sign: signer.sign };
};

const recordOf = (item: SignItem, credentialId: CredentialId): JudgedItem['record'] => {
  const { userId, exchange, environment, marketType, purpose, payload, trade, verificationId } = item;
  return {
    userId,
    exchange,
    environment,
    marketType,
    purpose,
    credentialId,
    // Of what was sent here, not of what is signed (at Bybit that has the API key in it): both sides hash the same bytes.
    payloadDigest: sha256Hex(payload),
    ...(trade === undefined
      ? {}
      : { tradeId: trade.tradeId, strategyId: trade.strategyId, leg: trade.leg, attempt: trade.attempt }),
    ...(verificationId === undefined ? {} : { verificationId }),
  };
};

const refused = (code: VaultErrorCode): SignedReplyItem => ({ ok: false, code, message: vaultErrors[code].remedy });

/**
 * Answers signatures for the strings that may be signed, and a reason for each of the others. A signature is made from what the rows say now,
 * checked again in the transaction that records it, and leaves after that transaction.
 */
export const signStrings = ({ credentials, cipher, record, rate, change, log, clock }: Deps) => {
  const prepare = async (items: readonly SignItem[], nowMs: number) => {
    const rows = await readRows(credentials, [...new Set(items.map(credentialIdOf))]);
    const opened = new Map<CredentialId, Promise<Opened>>();
    const openOnce = (id: CredentialId, row: StoredCredential): Promise<Opened> => {
      const opening = opened.get(id) ?? openRow(row, cipher);
      opened.set(id, opening);
      return opening;
    };
    const damaged = new Map<CredentialId, { readonly field: string; readonly onlyAt: number }>();
    const prepareItem = async (item: SignItem): Promise<Prepared> => {
      const credentialId = credentialIdOf(item);
      const row = rows.get(credentialId);
      const symbol = item.purpose === 'open' ? symbolOf(item) : undefined;
      const common = {
        record: recordOf(item, credentialId),
        credentialId,
        savedVersion: row?.savedVersion ?? 0,
        ...(row?.secret === undefined ? {} : { keyFingerprint: row.secret.fingerprint }),
        ...(symbol !== undefined && { symbol }),
      };
      const credential = row?.credential ?? { status: 'none' };
      const refusal =
        refusalOfString(item, nowMs) ??
        refusalToSign(credential, item.purpose, nowMs) ??
        (rate.allows(item.purpose) ? undefined : 'vault.rate_limited');
      if (refusal !== undefined || row === undefined) return { ...common, refusal: refusal ?? 'vault.credential_not_found' };
      const key = await openOnce(credentialId, row);
      if (key.ok) {
        const signature = await key.sign(stringToSign(item, key.apiKey));
        return { ...common, answer: { apiKey: key.apiKey, signature } };
      }
      if (key.field === undefined) return { ...common, refusal: 'vault.encryption_key_unavailable' };
      damaged.set(credentialId, { field: key.field, onlyAt: row.headVersion });
      return { ...common, refusal: 'vault.integrity_failed' };
    };
    return { prepared: await Promise.all(items.map(prepareItem)), damaged };
  };

  return async ({ items, context }: SignBatch, caller: string, requestId: string): Promise<SignedBatch> => {
    const nowMs = clock.now();
    const { prepared, damaged } = await prepare(items, nowMs);
    const judged = prepared.map(({ answer: _unrecorded, ...item }) => item);
    const outcomes = await record.decide({ requestId, caller, context, nowMs, items: judged });
    for (const [id, { field, onlyAt }] of damaged) {
      log.error({ credentialId: id, field }, 'a stored API key failed its integrity check; its user has to enter it again');
      const damage = { type: 'RecordIntegrityFailure', data: { field, atMs: nowMs } } as const;
      const cause = { actor: 'service:key-vault', correlationId: context.correlationId, causationId: requestId };
      // A key that was entered anew meanwhile is another key. The others' signatures are recorded by now and must leave, whatever becomes of
      // this; the row is met again at the next string.
      await change({ id, command: damage, context: cause, onlyAt }).catch((error: unknown) => {
        log.error({ credentialId: id, reason: messageOf(error) }, 'that a stored API key is damaged could not be recorded');
      });
    }
    return {
      items: prepared.map(({ credentialId, answer }, i) => {
        const outcome = outcomes[i];
        return outcome === 'signed' && answer !== undefined
          ? { ok: true, credentialId, ...answer }
          : refused(outcome as VaultErrorCode);
      }),
    };
  };
};
