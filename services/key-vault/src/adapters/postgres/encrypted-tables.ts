import type { KeyUse } from '../../domain/encryption/key-provider.js';

/** A table whose rows hold envelopes, all of a row under the master key that its column `key_id` names. */
export type EncryptedTable = {
  readonly table: string;
  /** The primary key, which the envelopes are bound to as their owner. */
  readonly owner: string;
  readonly ownerType: 'uuid' | 'text';
  readonly use: KeyUse;
  /** Column → the field that its envelope is bound to. */
  readonly fields: Readonly<Record<string, string>>;
  /** Rows that nobody can use any more, whatever their envelopes say, as a condition on `t`: they keep no key from being retired. */
  readonly letGo?: string;
};

/**
 * Every table with envelopes: what rotation re-wraps, what `keys status` counts, what a start must be able to read. The one exception is
 * `key_sentinels`, whose envelopes prove a key and stay under it. `encrypted-tables.int.spec.ts` fails when a table is missing here.
 */
export const encryptedTables: readonly EncryptedTable[] = [
  {
    table: 'credential_secrets',
    owner: 'credential_id',
    ownerType: 'uuid',
    use: 'credential',
    fields: { api_key: 'api_key', api_secret: 'api_secret' },
    letGo: `exists (select from credentials c where c.credential_id = t.credential_id and c.status = 'damaged')`,
  },
  { table: 'key_pairs', owner: 'credential_id', ownerType: 'uuid', use: 'key-pair', fields: { private_key: 'private_key' } },
  { table: 'sealing_keys', owner: 'kid', ownerType: 'text', use: 'sealing-key', fields: { private_key: 'private_key' } },
  { table: 'fingerprint_keys', owner: 'name', ownerType: 'text', use: 'fingerprint-key', fields: { envelope: 'key' } },
];
