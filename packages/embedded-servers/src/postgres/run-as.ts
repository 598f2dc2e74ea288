import { readFile, stat } from 'node:fs/promises';
import { EmbeddedServersError } from '../errors.js';
import { run } from '../run.js';

/**
 * Postgres refuses to run as root. `self`: we are an ordinary user. `namespace`: a user namespace in which we are user 1000, so that the
 * files stay root's and nothing has to be made readable for anybody. `user`: another user of this machine, who then owns the data;
 * `reaches` when it may also pass through folders that only root can enter.
 */
export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace' }
  | { readonly kind: 'user'; readonly name: string; readonly uid: number; readonly gid: number; readonly reaches: boolean };

const unshare = ['--user', '--map-user=1000', '--map-group=1000'] as const;

/** The one capability that root hands down: searching and reading folders, since `.latchkey/` is closed to everybody else. */
const setpriv = (uid: number, gid: number) => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
  '--inh-caps=-all,+dac_read_search',
  '--ambient-caps=-all,+dac_read_search',
];

/** The command line that runs `command` as decided. `unshare` and `setpriv` replace themselves: the process id is the command's own. */
export const commandAs = (as: RunAs, command: string, args: readonly string[]) => {
  if (as.kind === 'self') return { command, args: [...args] };
  if (as.kind === 'namespace') return { command: 'unshare', args: [...unshare, command, ...args] };
  if (as.reaches) return { command: 'setpriv', args: [...setpriv(as.uid, as.gid), command, ...args] };
  return { command, args: [...args], uid: as.uid, gid: as.gid };
};

const accounts = async () =>
  (await readFile('/etc/passwd', 'utf8')).split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });

const asUser = async (account: { readonly name: string; readonly uid: number; readonly gid: number }): Promise<RunAs> => {
  const probe = await run('setpriv', [...setpriv(account.uid, account.gid), 'true'], { timeoutMs: 5_000 });
  return { kind: 'user', ...account, reaches: probe.code === 0 };
};

const ownerOf = async (path: string) => {
  try {
    return (await stat(path)).uid;
  } catch {
    return undefined; // not there yet
  }
};

/**
 * Decides as whom Postgres runs on `dataDir`.
 *
 * @param prefer `user` skips the namespace, as on machines that forbid them
 * @throws {EmbeddedServersError} `embedded.postgres_root_refused`
 */
export const chooseRunAs = async (dataDir: string, prefer: 'namespace' | 'user' = 'namespace'): Promise<RunAs> => {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const owner = await ownerOf(dataDir);
  const known = await accounts();
  // Data that an ordinary user made stays that user's, or they could never start again.
  if (owner !== undefined && owner !== 0) {
    const account = known.find((candidate) => candidate.uid === owner);
    return asUser(account ?? { name: String(owner), uid: owner, gid: owner });
  }
  if (prefer === 'namespace' && (await run('unshare', [...unshare, 'true'], { timeoutMs: 5_000 })).code === 0)
    return { kind: 'namespace' };
  const account = known.find(({ name }) => name === 'postgres') ?? known.find(({ name }) => name === 'nobody');
  if (account !== undefined) return asUser(account);
  throw new EmbeddedServersError(
    'embedded.postgres_root_refused',
    'Postgres does not run as root, and this machine offers neither user namespaces (unshare) nor a user "postgres" or "nobody". ' +
      'Start as an ordinary user.',
    { dataDir },
  );
};
