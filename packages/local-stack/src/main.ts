// What `npm start` runs: one supervisor that starts every part, keeps it running, and stops all of it in order when asked once.
import { messageOf } from '@latchkey/kernel';
import { banner } from './banner.js';
import { stackHome } from './home.js';
import { lockHolder } from './lock.js';
import { statusOf } from './probe.js';
import { stackSettings } from './settings.js';
import { readStackFile } from './stack-file.js';
import { startStack, type RunningStack } from './start-stack.js';

const say = (line: string): void => console.error(`latchkey: ${line}`);

/** The address of a stack that already runs in this home, if one does. */
const alreadyRunning = async (): Promise<string | undefined> => {
  const home = stackHome();
  if (lockHolder(home.lockFile) === undefined) return undefined;
  try {
    const { gateway } = readStackFile(home.stackFile);
    return (await statusOf(`${gateway.url}/health/live`)) === 200 ? gateway.url : undefined;
  } catch {
    return undefined;
  }
};

const run = async (): Promise<void> => {
  const running = await alreadyRunning();
  if (running) {
    console.log(`Latchkey is running already: ${running}`);
    return;
  }
  let stack: RunningStack | undefined;
  let asked = false;
  const stop = (): void => {
    asked = true;
    if (!stack) return; // it is still starting: looked at again when it has started
    say('stopping');
    stack.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        say(`not everything stopped in order: ${messageOf(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('message', (message) => {
    if (message === 'stop') stop();
  });
  process.on('disconnect', stop);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

  const home = stackHome();
  stack = await startStack({ home, settings: stackSettings(), say });
  if (asked) {
    stop();
    return;
  }
  console.log(banner(stack.description(), home, stack.firstStart));
};

run().catch((error: unknown) => {
  say(messageOf(error));
  process.exit(1);
});
