import { account, type Account, type ImportRow, type ImportedRow, type RpcReply, type RpcRequest } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import type { Credential, CredentialIdentity } from '../domain/credential/credential.js';
import { checkKeyFormat, maskedKey, type CheckedSecret } from '../domain/credential/key-format.js';
import { importVerdict } from '../domain/legacy/import-policy.js';
import type { LegacyCipher } from '../domain/legacy/legacy-cipher.js';
import { VaultError } from '../domain/vault-error.js';
import type { ChangeCredential } from './change-credential.js';
import type { CredentialCipher } from './credential-cipher.js';
import type { Fingerprints } from './fingerprints.js';
import type { Credentials } from './ports.js';

type Command = RpcRequest<'cmd.key-vault.import-credentials'>;
type Imported = Extract<ImportedRow, { ok: true }>;
type Deps = {
  readonly change: ChangeCredential;
  readonly credentials: Pick<Credentials, 'load' | 'read'>;
  readonly cipher: Pick<CredentialCipher, 'seal'>;
  readonly fingerprints: Pick<Fingerprints, 'of'>;
  /** Absent once the older service's key was taken away. */
  readonly legacy: LegacyCipher | undefined;
};

const maxTries = 3;

const accountOf = (row: ImportRow, { environment }: Command): Account => {
  const read = account.safeParse({ userId: row.userId, exchange: row.exchange.trim().toLowerCase(), environment });
  if (read.success) return read.data;
  const wrong = read.error.issues.map(({ path }) => path[0]);
  throw new VaultError(wrong.includes('exchange') ? 'vault.import_exchange_unknown' : 'vault.import_user_invalid');
};

/**
 * Takes keys over from an older service: each row is opened with that service's key, checked like any key that a user saves, and encrypted
 * for its own credential. An imported key is unverified: the older ciphertext was bound to nobody, so that only the venue can tell whose
 * key it is.
 *
 * Rows are told apart: one that cannot be taken gets a code, the others go on. A second run changes nothing.
 *
 * @throws {VaultError} `vault.legacy_key_missing`
 */
export const importCredentials = ({ change, credentials, cipher, fingerprints, legacy }: Deps) => {
  const isSameKey = async (of: CredentialIdentity, apiKey: Buffer): Promise<boolean> => {
    const stored = (await credentials.read([of.credentialId])).get(of.credentialId)?.secret;
    return stored !== undefined && stored.fingerprint === (await fingerprints.of(apiKey));
  };

  const judge = async (of: CredentialIdentity, credential: Credential, apiKey: Buffer, replace: boolean) =>
    importVerdict(credential, { sameKey: credential.status !== 'none' && (await isSameKey(of, apiKey)), replace });

  /** What was found out holds for one version of the stream: a key that its user saves meanwhile is never written over. */
  const store = async (
    of: CredentialIdentity,
    command: Command,
    apiKey: Buffer,
    { keyType, secret }: CheckedSecret,
  ): Promise<Imported['outcome']> => {
    const { context, replace, dryRun } = command;
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const { version, credential } = await credentials.load(of.credentialId);
      const outcome = await judge(of, credential, apiKey, replace);
      if (outcome === 'already_imported' || dryRun) return outcome;
      const { events } = await change({
        id: of.credentialId,
        command: {
          type: 'SaveCredential',
          data: { ...of, maskedKey: maskedKey(apiKey.toString('utf8')), keyType, imported: true },
        },
        context,
        onlyAt: version,
        secretAt: (savedVersion) => cipher.seal(of, savedVersion, apiKey, secret),
      });
      if (events.length > 0) return outcome;
    }
    throw new VaultError('vault.conflict', { credentialId: of.credentialId });
  };

  const importRow = async (row: ImportRow, command: Command, older: LegacyCipher): Promise<Imported> => {
    const whose = accountOf(row, command);
    const credentialId = credentialIdOf(whose);
    const apiKey = Buffer.from(row.apiKey.trim(), 'utf8');
    const { secret, format, keyDerivation } = older.open(row.secretEncrypted, command.format);
    let checked: CheckedSecret | undefined;
    try {
      checked = checkKeyFormat(whose.exchange, apiKey, secret);
      const outcome = await store({ ...whose, credentialId }, command, apiKey, checked);
      return { ok: true, outcome, credentialId, maskedKey: maskedKey(apiKey.toString('utf8')), format, keyDerivation };
    } finally {
      secret.fill(0);
      checked?.secret.fill(0);
    }
  };

  return async (command: Command): Promise<RpcReply<'cmd.key-vault.import-credentials'>> => {
    if (!legacy) throw new VaultError('vault.legacy_key_missing');
    const rows: ImportedRow[] = [];
    // One after the other: an import has time, and the same account twice in a batch is judged in the order of its rows.
    for (const row of command.rows) {
      try {
        rows.push(await importRow(row, command, legacy));
      } catch (error) {
        // Postgres being away is nothing that is wrong with the row.
        if (!(error instanceof VaultError)) throw error;
        rows.push({ ok: false, code: error.code, message: messageOf(error) });
      }
    }
    return { rows };
  };
};
