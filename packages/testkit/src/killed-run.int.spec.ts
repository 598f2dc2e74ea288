import { spawn, type ChildProcess } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
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
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

describe('a killed test run', () => {
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
      timeoutMs: 40_000,
    });
    const pids = [report.worker, report.postgres, report.nats];
    expect(await Promise.all(pids.map(isAlive))).toEqual([true, true, true]);

    run.kill('SIGKILL');
    await eventually(
      async () => {
        expect({
          alive: await Promise.all(pids.map(isAlive)),
          folders: await Promise.all(report.folders.map(isThere)),
        }).toEqual({ alive: [false, false, false], folders: [false, false] });
      },
      { timeoutMs: 15_000, everyMs: 100 },
    );
  });
});
