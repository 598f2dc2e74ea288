import type { CredentialId } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Verifications } from '../../app/ports.js';

export const createVerifications = (pool: Pool): Verifications => ({
  find: async (verificationId) => {
    const { rows } = await pool.query<{ credential_id: CredentialId; signed_strings: number }>(
      'select credential_id, cardinality(digests) as signed_strings from verifications where verification_id = $1',
      [verificationId],
    );
    const [row] = rows;
    return row && { credentialId: row.credential_id, signedStrings: row.signed_strings };
  },
  forgetEnded: async (beforeMs) => {
    const before = new Date(beforeMs).toISOString();
    await pool.query('delete from verifications where expires_at < $1', [before]);
    await pool.query('delete from used_sealed_secrets where expires_at < $1', [before]);
  },
});
