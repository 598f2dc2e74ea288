import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  callerNames,
  natsIdentities,
  serviceNames,
  type CallerName,
  type NatsIdentity,
  type ServiceName,
} from '@latchkey/contracts';
import { createNatsIdentity } from '@latchkey/embedded-servers';
import { generateMessageKeyJwk, publicMessageJwk } from '@latchkey/sealing';
import type { JWK } from 'jose';

/** Every key of one stack, as files that are made once. Secrets are handed on as file names wherever the reader can take one. */
export type StackKeys = {
  /** True when this call made the encryption key: the user has to hear what losing it means. */
  readonly firstStart: boolean;
  readonly encryptionKeyFile: string;
  /** An operator's keyring, which takes the place of that file once it is there. */
  readonly keyringFile: string | undefined;
  readonly nats: Readonly<Record<NatsIdentity, { readonly seedFile: string; readonly publicKey: string }>>;
  readonly messageKeyFiles: Readonly<Record<CallerName, string>>;
  /** Public halves of all message keys, by issuer: `{ "gateway": [JWK], … }`. */
  readonly trustedKeysFile: string;
  /** The embedded issuer of user tokens: private JWK, and the JWKS that the gateway trusts. */
  readonly issuerFile: string;
  readonly jwksFile: string;
  readonly passwords: {
    readonly services: Readonly<Record<ServiceName, { service: string; migrator: string }>>;
    readonly auditor: string;
  };
};

const once = (file: string, make: () => string): string => {
  if (!existsSync(file)) writeFileSync(file, make(), { flag: 'wx', mode: 0o600 });
  return readFileSync(file, 'utf8');
};

const onceAsync = async (file: string, make: () => Promise<string>): Promise<string> => {
  if (!existsSync(file)) writeFileSync(file, await make(), { flag: 'wx', mode: 0o600 });
  return readFileSync(file, 'utf8');
};

const json = (value: unknown): string => JSON.stringify(value, null, 2);
const fromEntries = <K extends string, V>(entries: readonly (readonly [K, V])[]) => Object.fromEntries(entries) as Record<K, V>;

const natsKeys = (folder: string): StackKeys['nats'] =>
  fromEntries(
    natsIdentities.map((name) => {
      const seedFile = join(folder, `nats-${name}.nk`);
      const publicFile = join(folder, `nats-${name}.pub`);
      if (!existsSync(publicFile)) {
        const { seed, publicKey } = createNatsIdentity();
        writeFileSync(seedFile, seed, { mode: 0o600 });
        writeFileSync(publicFile, publicKey, { mode: 0o600 });
      }
      return [name, { seedFile, publicKey: readFileSync(publicFile, 'utf8') }] as const;
    }),
  );

/** Loads the keys of a home; makes those that are not there. */
export const stackKeys = async (folder: string): Promise<StackKeys> => {
  const encryptionKeyFile = join(folder, 'encryption-key');
  const keyring = join(folder, 'encryption-keyring');
  const keyringFile = existsSync(keyring) ? keyring : undefined;
  const firstStart = keyringFile === undefined && !existsSync(encryptionKeyFile);
  if (keyringFile === undefined) once(encryptionKeyFile, () => randomBytes(32).toString('hex'));

  const messageKeyFiles = fromEntries(callerNames.map((name) => [name, join(folder, `message-${name}.jwk.json`)] as const));
  const publicKeys: Record<string, readonly JWK[]> = {};
  for (const name of callerNames) {
    const jwk = JSON.parse(await onceAsync(messageKeyFiles[name], async () => json(await generateMessageKeyJwk()))) as JWK;
    publicKeys[name] = [publicMessageJwk(jwk)];
  }
  const trustedKeysFile = join(folder, 'trusted-message-keys.json');
  writeFileSync(trustedKeysFile, json(publicKeys), { mode: 0o600 });

  const issuerFile = join(folder, 'token-issuer.jwk.json');
  const issuer = JSON.parse(await onceAsync(issuerFile, async () => json(await generateMessageKeyJwk()))) as JWK;
  const jwksFile = join(folder, 'token-issuer.jwks.json');
  writeFileSync(jwksFile, json({ keys: [publicMessageJwk(issuer)] }), { mode: 0o600 });

  const password = (name: string): string => once(join(folder, `postgres-${name}`), () => randomBytes(24).toString('base64url'));
  return {
    firstStart,
    encryptionKeyFile,
    keyringFile,
    nats: natsKeys(folder),
    messageKeyFiles,
    trustedKeysFile,
    issuerFile,
    jwksFile,
    passwords: {
      services: fromEntries(
        serviceNames.map((name) => [name, { service: password(name), migrator: password(`${name}-migrator`) }] as const),
      ),
      auditor: password('auditor'),
    },
  };
};
