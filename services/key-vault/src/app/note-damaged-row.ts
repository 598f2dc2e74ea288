import { newId, type Clock, type CredentialId } from '@latchkey/kernel';
import type { ChangeCredential } from './change-credential.js';
import type { Credentials, EncryptedRow } from './ports.js';

type Deps = {
  readonly credentials: Pick<Credentials, 'read'>;
  readonly change: ChangeCredential;
  readonly log: { readonly error: (facts: object, message: string) => void };
  readonly clock: Clock;
};

/** A row that its own master key does not open: of a credential that is recorded, and its user has to enter the key again. */
export const noteDamagedRow =
  ({ credentials, change, log, clock }: Deps) =>
  async ({ table, owner, envelopes }: EncryptedRow, column: string): Promise<void> => {
    log.error({ table, owner, column }, 'an envelope failed its integrity check and was not re-wrapped');
    if (table !== 'credential_secrets') return;
    const id = owner as CredentialId;
    const row = (await credentials.read([id])).get(id);
    const read = new Map(envelopes.map((each) => [each.column, each.envelope]));
    // A key that was entered anew meanwhile is another key.
    if (row === undefined) return;
    if (row.secret?.apiKey !== read.get('api_key') || row.secret?.apiSecret !== read.get('api_secret')) return;
    const context = { actor: 'service:key-vault', correlationId: newId() };
    const command = { type: 'RecordIntegrityFailure', data: { field: column, atMs: clock.now() } } as const;
    await change({ id, command, context, onlyAt: row.headVersion });
  };
