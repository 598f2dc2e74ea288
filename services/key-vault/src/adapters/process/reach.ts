import { readFileSync } from 'node:fs';

/** Where this process may connect to, and nowhere else. */
export type Reach = {
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** Sockets of this machine, by path. */
  readonly paths: readonly string[];
};

type Env = Readonly<Record<string, string | undefined>>;

/** The closed list: the database, the broker and, where one is named, a collector. A key service that is asked over the network joins it here. */
const variables = [
  'DATABASE_URL',
  'NATS_URL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
] as const;

const defaultPorts: Readonly<Record<string, number>> = {
  'postgres:': 5432,
  'postgresql:': 5432,
  'nats:': 4222,
  'tls:': 4222,
  'http:': 80,
  'https:': 443,
};

// As the configuration reads it. What cannot be read is not in the list: the configuration says so a moment later.
const valueOf = (env: Env, name: string): string => {
  const [value, file] = [env[name], env[`${name}_FILE`]];
  if (value !== undefined && value !== '') return value;
  if (file === undefined || file === '') return '';
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

export const hostOf = (name: string): string => name.replaceAll(/^\[|\]$/g, '').toLowerCase();

const addressOf = (text: string): Reach => {
  const url = URL.parse(text.trim());
  const port = Number(url?.searchParams.get('port') ?? url?.port) || defaultPorts[url?.protocol ?? ''];
  const host = url?.searchParams.get('host') ?? url?.hostname;
  if (!url || port === undefined || host === undefined || host === '') return { hosts: [], paths: [] };
  return host.startsWith('/')
    ? { hosts: [], paths: [`${host}/.s.PGSQL.${port}`] }
    : { hosts: [{ host: hostOf(decodeURIComponent(host)), port }], paths: [] };
};

/** What the environment names; nothing is looked up. */
export const reachOf = (env: Env): Reach => {
  const addresses = variables.flatMap((name) => valueOf(env, name).split(',')).map(addressOf);
  return { hosts: addresses.flatMap(({ hosts }) => hosts), paths: addresses.flatMap(({ paths }) => paths) };
};
