import { messageOf } from '@latchkey/kernel';
import { EmbeddedServersError } from '../errors.js';
import { fromDebianPackage } from './sources/debian-package.js';
import { fromCache, fromEnvironment, fromPath } from './sources/local.js';
import { officialRelease } from './sources/official-release.js';
import type { Source } from './sources/source.js';
import { minimumNatsVersion } from './version.js';

/** A nats-server that runs on this machine. */
export type NatsServer = { readonly path: string; readonly version: string; readonly source: string };

export type FindNatsServerOptions = {
  /** The project's cache, e.g. `.latchkey/cache`. Absolute. */
  readonly cacheDir: string;
  readonly log?: (line: string) => void;
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the five of {@link natsSources}, in that order. */
  readonly sources?: readonly Source[];
};

/** In this order: what the operator says, what the machine has, what we fetched before, and then what can be fetched. */
export const natsSources: readonly Source[] = [fromEnvironment, fromPath, fromCache, officialRelease(), fromDebianPackage];

/**
 * Finds a nats-server of at least {@link minimumNatsVersion}, and fetches one when the machine has none. A source that cannot help is
 * passed over, whatever the reason; the reasons are told when none can.
 *
 * @throws {EmbeddedServersError} `embedded.nats_not_found`, naming every source and why it failed
 */
export const findNatsServer = async (options: FindNatsServerOptions): Promise<NatsServer> => {
  const { cacheDir, log = () => undefined, env = process.env, sources = natsSources } = options;
  const reasons: string[] = [];
  for (const source of sources) {
    const answer = await source.look({ cacheDir, env, log }).catch((error: unknown) => ({ reason: messageOf(error) }));
    if (!('reason' in answer)) {
      log(`nats-server ${answer.version} from ${source.name}`);
      return { ...answer, source: source.name };
    }
    if (source === fromEnvironment && answer.reason !== 'not set') log(`NATS_SERVER_BIN is passed over: ${answer.reason}`);
    reasons.push(`${source.name}: ${answer.reason}`);
  }
  throw new EmbeddedServersError(
    'embedded.nats_not_found',
    `no nats-server of ${minimumNatsVersion} or newer. Install one and put it on the PATH, or name it in NATS_SERVER_BIN. Tried:\n` +
      reasons.map((reason) => `  - ${reason}`).join('\n'),
    { reasons },
  );
};
