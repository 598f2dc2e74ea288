import { toLatest, vaultErrors, type CredentialHistoryEntry, type EventOf, type VaultErrorCode } from '@latchkey/contracts';
import type { Pool } from 'pg';
import type { CredentialHistory } from '../../app/verification-ports.js';
import { warningOf } from '../../domain/credential/verification-warnings.js';
import { streamOf } from './credential-rows.js';

type ShownEvent = EventOf<
  | 'CredentialSaved'
  | 'CredentialVerified'
  | 'CredentialVerificationFailed'
  | 'CredentialExpiryNoticed'
  | 'CredentialDeleted'
  | 'CredentialSecretDestroyed'
  | 'CredentialIntegrityFailed'
>;

// A verification that was only begun says nothing of the key.
const types = [
  'CredentialSaved',
  'CredentialVerified',
  'CredentialVerificationFailed',
  'CredentialExpiryNoticed',
  'CredentialDeleted',
  'CredentialSecretDestroyed',
  'CredentialIntegrityFailed',
] satisfies readonly ShownEvent['type'][];

type Row = {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly v: number;
  readonly data: unknown;
  readonly time: string;
  readonly actor: string;
};

type Told = Omit<CredentialHistoryEntry, 'id' | 'at' | 'by'>;

const remedyOf = (code: string): string =>
  Object.hasOwn(vaultErrors, code) ? vaultErrors[code as VaultErrorCode].remedy : 'The verification failed; verify again.';

/** What an owner reads of one event. @param atMs when it happened: what was near then may be long past */
const toldOf = (event: ShownEvent, atMs: number): Told => {
  switch (event.type) {
    case 'CredentialSaved':
      return { type: 'saved', maskedKey: event.data.maskedKey };
    case 'CredentialVerified': {
      const { permissions, report, warnings } = event.data;
      const told = warnings.map((code) => warningOf(code, report, atMs));
      return { type: 'verified', permissions, ...(report && { report }), ...(told.length > 0 && { warnings: told }) };
    }
    case 'CredentialVerificationFailed': {
      const { code, definite, permissions, report } = event.data;
      const told = { ...(permissions && { permissions }), ...(report && { report }) };
      return { type: 'verification_failed', code, message: remedyOf(code), definite, ...told };
    }
    case 'CredentialExpiryNoticed':
      return { type: 'expiry_noticed', expiresAt: event.data.expiresAt, daysLeft: event.data.daysLeft };
    case 'CredentialDeleted':
      return { type: 'deleted' };
    case 'CredentialSecretDestroyed':
      return { type: 'secret_destroyed' };
    case 'CredentialIntegrityFailed':
      return { type: 'integrity_failed', code: 'vault.integrity_failed', message: remedyOf('vault.integrity_failed') };
  }
};

const isVerification = (type: string): boolean => type === 'CredentialVerified' || type === 'CredentialVerificationFailed';

/** Which of the vault's own doings is the daily verification. */
const causeOf = ({ actor, type }: Row): CredentialHistoryEntry['by'] => {
  if (actor.startsWith('operator:')) return 'operator';
  if (!actor.startsWith('service:')) return 'user';
  return isVerification(type) ? 'schedule' : 'vault';
};

/** The events themselves are the history: there is no second copy that could differ. */
export const createCredentialHistory =
  (pool: Pool): CredentialHistory =>
  async (credentialId, { before, limit }) => {
    const { rows } = await pool.query<Row>(
      `select id, version, type, v, data, to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time, actor
        from events where stream_id = $1 and version < $2 and type = any($3::text[]) order by version desc limit $4`,
      [streamOf(credentialId), before, types, limit],
    );
    return rows.map((row) => {
      const { id, version, time } = row;
      const event = toLatest({ type: row.type, v: row.v, data: row.data }) as unknown as ShownEvent;
      return { version, id, at: time, by: causeOf(row), ...toldOf(event, Date.parse(time)) };
    });
  };
