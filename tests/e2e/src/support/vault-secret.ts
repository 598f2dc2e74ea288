import { createDecipheriv, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { Client } from 'pg';

/** As the vault's database and master key have it: what somebody reads who holds both. Written without the vault's own code. */
export type StoredKey = { readonly publicKey: KeyObject; readonly seed: Buffer };

const unseal = (key: Buffer, sealed: Buffer, additionalData: readonly (string | number)[]): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(JSON.stringify(additionalData))).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
};

/** The Ed25519 key of a user at Binance, live. @param masterKey 64 hex digits */
export const storedEd25519Key = async (databaseUrl: string, masterKey: string, userId: string): Promise<StoredKey> => {
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query<{ credential_id: string; saved_version: number; api_secret: string }>(
      `select x.credential_id, x.saved_version, x.api_secret from credential_secrets x join credentials c using (credential_id)
        where c.user_id = $1 and c.exchange = 'binance' and c.environment = 'live'`,
      [userId],
    );
    const [row] = rows;
    if (!row) throw new TypeError('the vault keeps no such key');
    const { credential_id: id, saved_version: version, api_secret: envelope } = row;
    const [, keyId = '', wrapped = '', contents = ''] = envelope.split('.');
    const wrapping = Buffer.from(
      hkdfSync('sha256', Buffer.from(masterKey, 'hex'), 'latchkey/key-vault', 'wrap/credential/v1', 32),
    );
    const dataKey = unseal(wrapping, Buffer.from(wrapped, 'base64url'), [
      'lk1',
      'data-key',
      'credential',
      keyId,
      id,
      'api_secret',
    ]);
    const facts = [userId, 'binance', 'live', version];
    const bound = ['lk1', 'contents', 'credential', ...facts, id, 'api_secret'];
    const key = createPrivateKey({
      key: unseal(dataKey, Buffer.from(contents, 'base64url'), bound),
      format: 'der',
      type: 'pkcs8',
    });
    const { d = '' } = key.export({ format: 'jwk' });
    return { seed: Buffer.from(d, 'base64url'), publicKey: createPublicKey(key) };
  } finally {
    await database.end();
  }
};

/** Every form in which key bytes may have been written down: raw, hex, base64 within something longer, and as a list of numbers. */
const formsOf = (bytes: Buffer): readonly Buffer[] => {
  const aligned = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  const texts = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...aligned,
    ...aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ...aligned.map((text) => encodeURIComponent(text)),
    [...bytes].join(','),
    [...bytes].join(', '),
  ];
  return [bytes, Buffer.from(bytes).reverse(), ...texts.map((text) => Buffer.from(text))];
};

/** True when any form of the key's bytes stands in `haystack`. */
export const holdsKey = (haystack: Buffer | string, seed: Buffer): boolean => {
  const bytes = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
  return formsOf(seed).some((form) => bytes.includes(form));
};
