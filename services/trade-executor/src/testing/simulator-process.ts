import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Simulator, SimulatorUrls } from '@latchkey/exchange-simulator';

const entry = fileURLToPath(new URL('../../../../packages/exchange-simulator/dist/main.js', import.meta.url));

/** The built simulator in a process of its own, with the venues' documented limits: what is measured then is not the spec's own turn. It ends with its parent. */
export const simulatorProcess = async (): Promise<Pick<Simulator, 'urls' | 'stop'>> => {
  const child = fork(entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [], env: {} });
  const exited = once(child, 'exit');
  const ready = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (!ready) throw new TypeError('the simulator did not start; build it first: npm run build');
  const [{ binance, bybit, control }] = ready as [SimulatorUrls];
  return {
    urls: { binance, bybit, control },
    stop: async () => {
      child.send('stop');
      await exited;
    },
  };
};
