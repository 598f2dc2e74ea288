import { canonicalJson } from '@latchkey/kernel';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Origins, RequestSource } from '../../app/ports.js';

const saltBytes = 16;

/** What events carry of a source: SHA-256 of the salt and the source's canonical JSON. Without the row nobody can try addresses against it. */
const commitmentOf = (salt: Uint8Array, { address, userAgent }: RequestSource): string =>
  createHash('sha256').update(salt).update(canonicalJson({ address, userAgent })).digest('hex');

export const createOrigins = (pool: Pool): Origins => ({
  record: async (actor, { address, userAgent }) => {
    const id = randomUUID();
    const salt = randomBytes(saltBytes);
    // Postgres has no text with a zero character, and an agent's name may hold one.
    const source = { address, userAgent: userAgent.replaceAll('\0', '') };
    await pool.query('insert into origins (id, actor, address, user_agent, salt) values ($1, $2, $3, $4, $5)', [
      id,
      actor,
      source.address,
      source.userAgent,
      salt,
    ]);
    return { id, commitment: commitmentOf(salt, source) };
  },

  find: async (originId) => {
    const text = 'select address, user_agent, salt from origins where id = $1';
    const { rows } = await pool.query<{ address: string; user_agent: string; salt: Buffer }>(text, [originId]);
    const [row] = rows;
    return row && { address: row.address, userAgent: row.user_agent, salt: row.salt.toString('hex') };
  },
});
