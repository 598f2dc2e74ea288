import { randomUUID } from 'node:crypto';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findNatsServer } from '@latchkey/embedded-servers';
import { messageOf } from '@latchkey/kernel';
import { TestkitError } from '../errors.js';
import { cacheDir } from '../paths.js';
import { startSpecPostgres } from './spec-postgres.js';
import type { SpecPostgres } from './spec-servers.js';

/** Where spec workers find the servers of their run; set by the run's global set-up. */
export const runServersVariable = 'LATCHKEY_TESTKIT_SERVERS';

/** A server that specs share. Take a database of your own from it: `database()`. */
export type SharedPostgres = {
  readonly adminUrl: string;
  /** Of the postmaster, as the machine that runs it counts; none of a server that somebody else runs. */
  readonly pid: number | undefined;
  /** Folders of this machine that go with it. */
  readonly folders: readonly string[];
};

/** What is shared by a run. */
type Answers = { readonly postgres: SharedPostgres; readonly nats: { readonly path: string } };

/** What of a server may be told to others. */
export const sharedOf = ({ adminUrl, pid, folders }: SpecPostgres): SharedPostgres => ({ adminUrl, pid, folders });

/**
 * The servers of one Vitest run, owned by its main process, which outlives its workers: started when the first spec asks, stopped with the
 * run, and ended by their guards when the run is killed. Workers ask over loopback, by an address that cannot be guessed.
 */
export const openRunServers = async () => {
  let postgres: Promise<SpecPostgres> | undefined;
  let nats: Promise<string> | undefined;
  const answer = {
    postgres: async () => sharedOf(await (postgres ??= startSpecPostgres())),
    nats: async () => ({ path: await (nats ??= findNatsServer({ cacheDir }).then(({ path }) => path)) }),
  };
  const secret = randomUUID();
  const server = createServer((request, response) => {
    const name = request.url?.replace(`/${secret}/`, '');
    const ask = name === 'postgres' || name === 'nats' ? answer[name] : undefined;
    const reply = (status: number, body: unknown) =>
      response.writeHead(status, { connection: 'close' }).end(JSON.stringify(body));
    if (ask === undefined) reply(404, { message: 'no such server' });
    else
      void ask().then(
        (body) => reply(200, body),
        (error: unknown) => reply(500, { message: messageOf(error) }),
      );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await (await postgres?.catch(() => undefined))?.remove();
    },
  };
};

const fetchText = (url: string): Promise<{ status: number | undefined; body: string }> =>
  new Promise((resolve, reject) => {
    get(url, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject);
  });

/** Asks the run for a server; undefined when there is no run set-up, so that a spec works under any Vitest configuration. */
export const askRunServers = async <Name extends keyof Answers>(name: Name): Promise<Answers[Name] | undefined> => {
  const url = process.env[runServersVariable];
  if (url === undefined) return undefined;
  const { status, body } = await fetchText(`${url}/${name}`);
  const answer = JSON.parse(body) as Answers[Name] & { readonly message?: string };
  if (status === 200) return answer;
  throw new TestkitError(
    'testkit.server_unavailable',
    `the run's ${name} server is not there: ${answer.message ?? 'no reason given'}`,
  );
};
