import { newId, type Clock, type CredentialId } from '@latchkey/kernel';
import type { ChangeCredential } from './change-credential.js';
import type { ChangeKeyPair } from './change-key-pair.js';
import type { KeyPairs } from './key-pair-ports.js';
import type { Credentials, EncryptedRow } from './ports.js';

type Deps = {
  readonly credentials: Pick<Credentials, 'read'>;
  readonly change: ChangeCredential;
  readonly keyPairs: Pick<KeyPairs, 'find'>;
  readonly changeKeyPair: ChangeKeyPair;
  readonly log: { readonly error: (facts: object, message: string) => void };
  readonly clock: Clock;
};

/**
 * A row that its own master key does not open: of a credential that is recorded, and its user has to enter the key again; a pending pair is
 * destroyed, since nothing can come of it, and its user generates another. Of anything else the log alone tells.
 */
export const noteDamagedRow = ({ credentials, change, keyPairs, changeKeyPair, log, clock }: Deps) => {
  const contextOfThis = () => ({ actor: 'service:key-vault', correlationId: newId() });

  const recordFailure = async (id: CredentialId, { envelopes }: EncryptedRow, column: string): Promise<void> => {
    const row = (await credentials.read([id])).get(id);
    const read = new Map(envelopes.map((each) => [each.column, each.envelope]));
    // A key that was entered anew meanwhile is another key.
    if (row === undefined) return;
    if (row.secret?.apiKey !== read.get('api_key') || row.secret?.apiSecret !== read.get('api_secret')) return;
    const command = { type: 'RecordIntegrityFailure', data: { field: column, atMs: clock.now() } } as const;
    await change({ id, command, context: contextOfThis(), onlyAt: row.headVersion });
  };

  const destroyPair = async (id: CredentialId, { envelopes }: EncryptedRow): Promise<void> => {
    const row = await keyPairs.find(id);
    // A pair that was generated anew meanwhile is another pair.
    if (row === undefined || !envelopes.some(({ envelope }) => envelope === row.privateKey)) return;
    const { publicKeyDigest } = row;
    const command = { type: 'DestroyKeyPair', data: { reason: 'damaged', publicKeyDigest } } as const;
    await changeKeyPair({ id, command, context: contextOfThis() });
  };

  return async (row: EncryptedRow, column: string): Promise<void> => {
    const { table, owner } = row;
    log.error({ table, owner, column }, 'an envelope failed its integrity check and was not re-wrapped');
    if (table === 'credential_secrets') await recordFailure(owner as CredentialId, row, column);
    if (table === 'key_pairs') await destroyPair(owner as CredentialId, row);
  };
};
