import { join } from 'node:path';
import { findNatsServer, startNats, type RunningNats } from '@latchkey/embedded-servers';
import { cacheDir } from '../paths.js';
import { untilStopped } from './freeze.js';
import { askRunServers } from './run-servers.js';
import type { NatsLaunch, NatsServer } from './spec-servers.js';

let found: Promise<string> | undefined;

const natsServerPath = async () =>
  (await askRunServers('nats'))?.path ?? (await (found ??= findNatsServer({ cacheDir }).then(({ path }) => path)));

/** As a process of this machine. */
export const startEmbeddedNats = async ({ configFile, storeDir, folder, env }: NatsLaunch): Promise<NatsServer> => {
  const options = {
    bin: await natsServerPath(),
    configFile,
    storeDir,
    env,
    log: join(folder, 'nats.log'),
    removeDirWithParent: folder,
  };
  let running: RunningNats = await startNats(options);
  const { port, monitorPort, url, monitorUrl } = running;
  const send = (signal: NodeJS.Signals) => Promise.resolve(running.signal(signal));
  const stop = async () => {
    await send('SIGCONT'); // a frozen one could not hear the request to stop
    await running.stop();
  };
  return {
    url,
    monitorUrl,
    pid: () => running.pid,
    stop,
    kill: () => running.kill(),
    start: async () => {
      running = await startNats({ ...options, port, monitorPort });
    },
    freeze: async () => {
      await send('SIGSTOP');
      await untilStopped(running.pid);
    },
    thaw: () => send('SIGCONT'),
    remove: stop,
  };
};
