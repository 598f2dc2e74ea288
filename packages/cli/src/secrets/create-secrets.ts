import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  callerNames,
  natsIdentities,
  serviceNames,
  type CallerName,
  type NatsIdentity,
  type ServiceName,
} from '@latchkey/contracts';
import {
  auditorRole,
  createNatsIdentity,
  databaseNameOf,
  natsEnvironment,
  natsPublicKey,
  urlFor,
} from '@latchkey/embedded-servers';
import type { StackDescription } from '@latchkey/local-stack';
import { generateMessageKeyJwk, publicMessageJwk, type JWK } from '@latchkey/sealing';
import { createServerCertificate } from './certificate.js';
import { describeContainers, type Addresses } from './describe-containers.js';
import { secretFolder, type SecretFolder } from './secret-folder.js';

export type CreateSecretsOptions = {
  /** Holds one folder per container, made when not there: the four services, `provisioner`, `migrate`, `postgres`, `nats`, `cli`. */
  readonly into: string;
  readonly addresses: Addresses;
};

/** True when this call made the encryption key: the operator has to hear what losing it means. */
export type CreatedSecrets = { readonly first: boolean };

const containers = [...serviceNames, 'provisioner', 'migrate', 'postgres', 'nats', 'cli'] as const;
type Folders = Readonly<Record<(typeof containers)[number], SecretFolder>>;

/** The operator works at the command line: its keys are where that is. */
const folderOf = (name: Exclude<NatsIdentity, 'observer'>) => (name === 'operator' ? 'cli' : name);

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const password = (): string => randomBytes(24).toString('base64url');
const newKey = async (): Promise<string> => json(await generateMessageKeyJwk());
const publicHalf = (privateJwk: string): JWK => publicMessageJwk(JSON.parse(privateJwk) as JWK);

const forEachService = async <T>(work: (service: ServiceName) => Promise<T>): Promise<Readonly<Record<ServiceName, T>>> =>
  Object.fromEntries(await Promise.all(serviceNames.map(async (name) => [name, await work(name)] as const))) as Record<
    ServiceName,
    T
  >;

/** Passwords are kept where the roles are made; each service learns its own way into its own database. */
const createDatabaseUrls = async (folders: Folders, host: string) => {
  const superuser = await folders.postgres.once('superuser-password', password);
  const adminUrl = urlFor(`postgres://${host}/`, 'postgres', superuser, 'postgres');
  folders.migrate.derive('admin-url', adminUrl);
  const auditor = await folders.migrate.once('auditor-password', password);
  const services = await forEachService(async (name) => {
    const database = databaseNameOf(name);
    const url = urlFor(adminUrl, database, await folders.migrate.once(`${name}-password`, password), database);
    folders[name].derive('database-url', url);
    return { url, auditorUrl: urlFor(adminUrl, auditorRole, auditor, database) };
  });
  return services;
};

const createBrokerIdentities = async (folders: Folders, host: string): Promise<void> => {
  const identity = async (name: NatsIdentity) => {
    // Whoever has the observer's seed reads everything that is said: here nobody has.
    if (name === 'observer') return { publicKey: await folders.nats.once('observer.pub', () => createNatsIdentity().publicKey) };
    const seed = await folders[folderOf(name)].once('nkey-seed', () => createNatsIdentity().seed);
    return { publicKey: natsPublicKey(seed) };
  };
  const identities = Object.fromEntries(
    await Promise.all(natsIdentities.map(async (name) => [name, await identity(name)] as const)),
  );
  const assignments = Object.entries(natsEnvironment(identities)).map(([name, value]) => `${name}=${value}\n`);
  folders.nats.derive('nats.env', assignments.join(''));

  // Certificate, authority and key in one file: made together or not at all.
  const tls = await folders.nats.once('tls.pem', () => {
    const { certificate, authority, key } = createServerCertificate([
      new URL(`tls://${host}`).hostname,
      'localhost',
      '127.0.0.1',
    ]);
    return certificate + authority + key;
  });
  const authority = tls.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g)?.[1] ?? '';
  for (const name of [...serviceNames, 'provisioner', 'cli'] as const) folders[name].derive('nats-ca.pem', authority);
};

const createMessageKeys = async (folders: Folders): Promise<void> => {
  const publicKeyOf = async (name: CallerName): Promise<JWK> =>
    publicHalf(await folders[folderOf(name)].once('message-key.json', newKey));
  const trusted = await Promise.all(callerNames.map(async (name) => [name, [await publicKeyOf(name)]] as const));
  for (const name of callerNames) folders[folderOf(name)].derive('trusted-keys.json', json(Object.fromEntries(trusted)));
};

/**
 * Makes every secret of an installation in containers, each in the folder of the one container that reads it. Safe to run at every start:
 * what is there stays.
 *
 * @throws {CliError} `cli.secrets_not_written`
 */
export const createSecrets = async ({ into, addresses }: CreateSecretsOptions): Promise<CreatedSecrets> => {
  const first = !existsSync(join(into, 'key-vault', 'encryption-key'));
  const folders = Object.fromEntries(
    containers.map((name) => [name, secretFolder(join(into, name), { anyUser: name === 'postgres' })]),
  ) as Folders;

  await folders['key-vault'].once('encryption-key', () => randomBytes(32).toString('hex'));
  await createMessageKeys(folders);
  await createBrokerIdentities(folders, addresses.nats);
  const databases = await createDatabaseUrls(folders, addresses.postgres);
  const issuer = await folders.cli.once('token-issuer.jwk.json', newKey);
  folders.gateway.derive('jwks.json', json({ keys: [publicHalf(issuer)] }));
  const description: StackDescription = describeContainers(addresses, databases);
  folders.cli.derive('stack.json', json(description));
  return { first };
};
