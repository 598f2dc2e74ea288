import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { upperSnake } from '@latchkey/contracts';
import { createUser, fromSeed } from '@nats-io/nkeys';

/** Who somebody is towards NATS: the server knows the public half, the seed is the secret. */
export type NatsIdentity = { readonly seed: string; readonly publicKey: string };

const prefix = 'LATCHKEY_NKEY_';

/** A new user nkey. */
export const createNatsIdentity = (): NatsIdentity => {
  const user = createUser();
  return { seed: new TextDecoder().decode(user.getSeed()), publicKey: user.getPublicKey() };
};

/** The public half of a seed. */
export const natsPublicKey = (seed: string): string => fromSeed(new TextEncoder().encode(seed.trim())).getPublicKey();

/** The variable by which the config learns a public key: `trade-executor` → `LATCHKEY_NKEY_TRADE_EXECUTOR`. */
export const nkeyVariable = (name: string): string => prefix + upperSnake(name);

/** The names of the identities that the config in a folder (`infra/nats`) asks its environment for, sorted. */
export const natsIdentityNames = async (configDir: string): Promise<readonly string[]> => {
  const files = (await readdir(configDir, { recursive: true })).filter((name) => name.endsWith('.conf'));
  const texts = await Promise.all(files.map((name) => readFile(join(configDir, name), 'utf8')));
  const names = texts.flatMap((text) => [...text.matchAll(/\$LATCHKEY_NKEY_([A-Z0-9_]+)/g)].map((match) => match[1] ?? ''));
  return [...new Set(names.map((name) => name.toLowerCase().replaceAll('_', '-')))].sort();
};

/** The environment for `startNats` of a set of identities: public halves only. */
export const natsEnvironment = (identities: Readonly<Record<string, { readonly publicKey: string }>>): Record<string, string> =>
  Object.fromEntries(Object.entries(identities).map(([name, { publicKey }]) => [nkeyVariable(name), publicKey]));
