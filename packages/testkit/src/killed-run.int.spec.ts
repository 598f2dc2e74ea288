import { spawn, type ChildProcess } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KilledRunReport } from './fixtures/killed-run.fixture.js';
import { eventually } from './index.js';
import { runServersVariable } from './servers/run-servers.js';

const config = fileURLToPath(new URL('fixtures/killed-run.config.ts', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');

let folder: string;
let run: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-killed-run-'));
});
afterEach(async () => {
  run?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const isAlive = async (pid: number) => {
  try {
    process.kill(pid, 0);
    // Where nobody collects orphans, a dead process keeps its number: on Linux its state says that it is one.
    return !(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') R')).includes(') Z');
  } catch {
    return false;
  }
};
const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe('a killed test run', { timeout: 150_000 }, () => {
  it.each([
    { servers: 'shared by the run', shared: 'yes' },
    { servers: 'of its worker', shared: 'no' },
  ])('leaves nothing behind: servers $servers', async ({ shared }) => {
    const reportFile = join(folder, 'report.json');
    const env = { ...process.env, LATCHKEY_FIXTURE_REPORT: reportFile, LATCHKEY_FIXTURE_SHARED: shared };
    // The inner run stands on its own: neither this worker's identity nor this run's servers.
    for (const name of Object.keys(env)) {
      if (name.startsWith('VITEST') || [runServersVariable, 'PG_CONNECTION_STRING', 'NATS_URL'].includes(name))
        Reflect.deleteProperty(env, name);
    }
    run = spawn(process.execPath, [vitest, 'run', '--config', config], { env, stdio: 'ignore' });

    const report = await eventually(async () => JSON.parse(await readFile(reportFile, 'utf8')) as KilledRunReport, {
      timeoutMs: 100_000,
    });
    const look = async () => ({
      alive: await Promise.all(report.processes.map(isAlive)),
      listening: await Promise.all(report.ports.map(isListening)),
      folders: await Promise.all(report.folders.map(isThere)),
    });
    const all = (value: boolean) => ({
      alive: report.processes.map(() => value),
      listening: report.ports.map(() => value),
      folders: report.folders.map(() => value),
    });
    expect({ ports: report.ports.length, folder: report.folders.length > 0 }).toEqual({ ports: 3, folder: true });
    expect(await look()).toEqual(all(true));

    run.kill('SIGKILL');
    await eventually(
      async () => {
        expect(await look()).toEqual(all(false));
      },
      { timeoutMs: 15_000, everyMs: 100 },
    );
  });
});
