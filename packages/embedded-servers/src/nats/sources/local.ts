import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { compareVersions } from '../version.js';
import { examine, serversDir, type Found, type Source } from './source.js';

const isProgram = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The file that the operator names. */
export const fromEnvironment: Source = {
  name: 'NATS_SERVER_BIN',
  look: ({ env }) => {
    const path = env['NATS_SERVER_BIN'];
    return path === undefined || path === '' ? Promise.resolve({ reason: 'not set' }) : examine(path);
  },
};

/** The first one on the PATH that is new enough. */
export const fromPath: Source = {
  name: 'PATH',
  look: async ({ env }) => {
    const reasons: string[] = [];
    for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
      const path = join(folder, 'nats-server');
      if (!(await isProgram(path))) continue;
      const answer = await examine(path);
      if (!('reason' in answer)) return answer;
      reasons.push(answer.reason);
    }
    return { reason: reasons.join('; ') || 'no nats-server there' };
  },
};

/** The newest that an earlier start fetched. */
export const fromCache: Source = {
  name: "the project's cache",
  look: async ({ cacheDir }) => {
    const folder = serversDir(cacheDir);
    const names = await readdir(folder).catch(() => []);
    const answers = await Promise.all(
      names.filter((name) => !name.startsWith('.')).map((name) => examine(join(folder, name, 'nats-server'))),
    );
    const usable = answers.filter((answer): answer is Found => !('reason' in answer));
    const [newest] = usable.toSorted((a, b) => compareVersions(b.version, a.version));
    return newest ?? { reason: `nothing usable in "${folder}"` };
  },
};
