import { messageOf } from '@latchkey/kernel';
import { openSync, readFileSync, writeSync } from 'node:fs';
import { SimulatorError } from './core/simulator-error.js';
import { replayRecording } from './recording/replay.js';
import { startSimulator, type SimulatorOptions, type SimulatorUrls } from './start-simulator.js';
import { withoutLimits } from './without-limits.js';

const maxPort = 65_535;

const portFrom = (name: string): number => {
  const text = process.env[name] ?? '0';
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= maxPort) return port;
  throw new SimulatorError(
    'invalid_configuration',
    `${name} is "${text}"; set a port from 0 to ${maxPort}, where 0 takes a free one`,
  );
};

/** With `off` the venues count requests and orders as ever, and refuse none: for what measures or strains something else than their limits. */
const limitsFrom = (name: string): Partial<SimulatorOptions> => {
  const text = process.env[name] ?? 'on';
  if (text === 'off') return withoutLimits;
  if (text === 'on') return {};
  throw new SimulatorError('invalid_configuration', `${name} is "${text}"; set on or off`);
};

const seedFrom = (name: string): Partial<SimulatorOptions> => {
  const text = process.env[name];
  if (text === undefined) return {};
  if (/^\d{1,9}$/.test(text)) return { seed: Number(text) };
  throw new SimulatorError('invalid_configuration', `${name} is "${text}"; set a whole number of up to nine digits`);
};

/** A file that only its user may read: what clients sent is in it, the secrets of simulated accounts too. Never written over. */
const recordingTo = (name: string): Partial<SimulatorOptions> => {
  const path = process.env[name];
  if (path === undefined) return {};
  const file = openSync(path, 'wx', 0o600);
  return { record: (line) => writeSync(file, `${line}\n`) };
};

/** `replay <file>`: the recording in a fresh simulation, compared byte by byte. */
const replay = async (path: string): Promise<void> => {
  const lines = readFileSync(path, 'utf8').split('\n');
  const result = await replayRecording(lines.at(-1) === '' ? lines.slice(0, -1) : lines);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (!result.equal) process.exitCode = 1;
};

const announce = (urls: SimulatorUrls): void => {
  const ready = { ready: true, ...urls };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  if (process.connected) process.send?.(ready);
};

const run = async (): Promise<void> => {
  const hasParent = process.connected;
  const simulator = await startSimulator({
    ports: {
      binance: portFrom('SIMULATOR_BINANCE_PORT'),
      bybit: portFrom('SIMULATOR_BYBIT_PORT'),
      control: portFrom('SIMULATOR_CONTROL_PORT'),
    },
    ...limitsFrom('SIMULATOR_LIMITS'),
    ...seedFrom('SIMULATOR_SEED'),
    ...recordingTo('SIMULATOR_RECORDING'),
  });

  let stopping: Promise<void> | undefined;
  const stop = (): void => {
    stopping ??= simulator.stop().then(() => {
      if (process.connected) process.disconnect?.(); // an open channel alone keeps a process alive
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('disconnect', stop);
  process.on('message', (message) => {
    if (message === 'stop' || (typeof message === 'object' && message !== null && 'type' in message && message.type === 'stop'))
      stop();
  });
  announce(simulator.urls);
  if (hasParent && !process.connected) stop(); // the parent went away while we started, before anyone listened
};

const [command, file] = process.argv.slice(2);

(command === 'replay' && file !== undefined ? replay(file) : run()).catch((error: unknown) => {
  process.stderr.write(`exchange-simulator did not start: ${messageOf(error)}\n`);
  process.exitCode = 1;
  if (process.connected) process.disconnect?.();
});
