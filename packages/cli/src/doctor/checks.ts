import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { messageOf } from '@latchkey/kernel';
import { findNatsServer } from '@latchkey/embedded-servers';
import { isExecutor, readStackFile, stackHome } from '@latchkey/local-stack';
import { CliError } from '../errors.js';
import { request } from '../http.js';
import { asOperator } from '../operator/operator-client.js';

type Check = { readonly name: string; readonly ok: boolean; readonly says: string };

const check = async (name: string, run: () => Promise<string> | string): Promise<Check> => {
  try {
    return { name, ok: true, says: await run() };
  } catch (error) {
    return { name, ok: false, says: messageOf(error) };
  }
};

const fail = (message: string): never => {
  throw new CliError('cli.checks_failed', message);
};

/** Everything that a stack needs of this machine, and the stack itself. */
export const checkAll = (): Promise<readonly Check[]> => {
  const home = stackHome();
  return Promise.all([
    check('node', () =>
      Number(process.versions.node.split('.')[0]) >= 26
        ? process.version
        : fail(`${process.version} is too old; start with npm, which fetches the pinned one`),
    ),
    check('home', () => {
      if (!existsSync(home.dir)) return `${home.dir} will be made by the first start`;
      accessSync(home.dir, constants.R_OK | constants.W_OK);
      const mode = statSync(home.dir).mode & 0o077;
      return mode === 0 ? home.dir : fail(`${home.dir} can be entered by others; close it: chmod 700`);
    }),
    check('disk', () => {
      const { bavail, bsize } = statfsSync(existsSync(home.dir) ? home.dir : '.');
      const free = Math.floor((bavail * bsize) / 2 ** 20);
      return free > 2_048 ? `${free} MiB free` : fail(`only ${free} MiB free; the event streams alone may take 8 GiB each`);
    }),
    check('nats-server', async () => {
      const { version, source } = await findNatsServer({ cacheDir: home.cache });
      return `${version} (${source})`;
    }),
    check('encryption key', () => {
      const named = ['ENCRYPTION_KEY', 'ENCRYPTION_KEY_FILE', 'ENCRYPTION_KEYRING_FILE'];
      if (named.some((name) => process.env[name] !== undefined)) return 'given by the environment';
      const keyring = `${home.keys}/encryption-keyring`;
      const file = existsSync(keyring) ? keyring : `${home.keys}/encryption-key`;
      if (!existsSync(file)) return 'will be made by the first start';
      return (statSync(file).mode & 0o077) === 0
        ? 'there, for this user only; is it backed up?'
        : fail(`${file} can be read by others; close it: chmod 600`);
    }),
    check('stack', async () => {
      if (!existsSync(home.stackFile)) return 'not running';
      const { status, body } = await request(`${readStackFile(home.stackFile).gateway.url}/health/ready`);
      return status === 200
        ? `running, ${String(body['status'])}`
        : fail(`running, but not ready: ${JSON.stringify(body['parts'] ?? {})}`);
    }),
    check('executors', () => {
      if (!existsSync(home.stackFile)) return 'not running';
      const names = Object.keys(readStackFile(home.stackFile).services).filter(isExecutor);
      return names.length > 0 ? names.join(', ') : fail('none runs, so nothing is sent; add one: latchkey executors scale 1');
    }),
    check('operator', async () => {
      if (!existsSync(home.stackFile)) return 'not running';
      const { status } = await asOperator(({ rpc }) => rpc.call('qry.key-vault.health', {}));
      return `the key vault answers its operator: ${status}`;
    }),
  ]);
};
