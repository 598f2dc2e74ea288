import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { SimulatorUrls } from './start-simulator.js';
import { bareSocket } from './testing/bare-socket.js';

type Ready = SimulatorUrls & { readonly ready: boolean };
const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const started: ChildProcess[] = [];

const start = (environment: Readonly<Record<string, string>> = {}, stdio: 'ipc' | 'ignore' = 'ignore'): ChildProcess => {
  const child = spawn(process.execPath, [entry], { env: environment, stdio: ['ignore', 'pipe', 'pipe', stdio] });
  started.push(child);
  return child;
};
const firstLine = async (child: ChildProcess): Promise<Ready> => {
  const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
  return JSON.parse(chunk.toString().split('\n')[0]!) as Ready;
};

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

describe('the simulator process', () => {
  it('says on standard output where it listens, serves there, and ends well on SIGTERM', async () => {
    const child = start();
    const ready = await firstLine(child);
    expect(ready).toMatchObject({ ready: true, bybit: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    expect(await (await fetch(`${ready.binance}/api/v3/ping`)).json()).toEqual({});
    expect(await (await fetch(`${ready.control}/orders`)).json()).toEqual([]);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it.each([
    ['the message "stop"', (child: ChildProcess) => child.send('stop')],
    ['a message of type stop', (child: ChildProcess) => child.send({ type: 'stop' })],
    ['the end of the channel', (child: ChildProcess) => child.disconnect()],
  ])('says the same to its parent, and ends well on %s', async (_what, end) => {
    const child = start({}, 'ipc');
    const [message] = (await once(child, 'message')) as [Ready];
    expect(message).toMatchObject({ ready: true, control: expect.any(String) });
    const exit = once(child, 'exit');
    end(child);
    expect(await exit).toEqual([0, null]);
  });

  // Whoever leaves in that moment has a connection that is being shut down on both sides.
  it.each(['stay', 'leave'])('ends well while clients of its streams %s', async (what) => {
    const child = start({}, 'ipc');
    const [{ bybit }] = (await once(child, 'message')) as [Ready];
    const sockets = await Promise.all(Array.from({ length: 60 }, () => bareSocket(`${bybit}/v5/private`)));
    const exit = once(child, 'exit');
    if (what === 'leave') for (const socket of sockets) socket.close();
    child.send('stop');
    expect(await exit).toEqual([0, null]);
    const ends = await Promise.all(sockets.map((socket) => socket.end()));
    if (what === 'stay') expect(ends).toEqual(sockets.map(() => 'reset'));
  });

  it('records a run and replays it, byte by byte', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'));
    const recording = join(folder, 'run.jsonl');
    const child = start({ SIMULATOR_RECORDING: recording, SIMULATOR_SEED: '9' });
    const ready = await firstLine(child);
    await fetch(`${ready.control}/accounts`, {
      method: 'POST',
      body: JSON.stringify({ exchange: 'binance', apiKey: 'k', apiSecret: 's' }),
    });
    await fetch(`${ready.binance}/api/v3/time`);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
    expect((await stat(recording)).mode & 0o777).toBe(0o600);
    const replayed = spawnSync(process.execPath, [entry, 'replay', recording], { encoding: 'utf8' });
    expect([replayed.status, JSON.parse(replayed.stdout)]).toEqual([0, { equal: true, lines: 5 }]);
    const changed = (await readFile(recording, 'utf8')).replace('serverTime', 'otherTime');
    await writeFile(recording, changed);
    expect(spawnSync(process.execPath, [entry, 'replay', recording]).status).toBe(1);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['a port that is none', () => 'http', /SIMULATOR_CONTROL_PORT is "http"; set a port/],
    ['a port in use', (taken: string) => taken, /EADDRINUSE/],
  ])('ends with one clear line and no half-started part on %s', async (_what, portFrom, message) => {
    const other = await firstLine(start());
    const child = start({ SIMULATOR_CONTROL_PORT: portFrom(new URL(other.control).port) });
    const [[text], exit] = await Promise.all([once(child.stderr!, 'data') as Promise<[Buffer]>, once(child, 'exit')]);
    expect(text.toString()).toMatch(message);
    expect(text.toString().trim().split('\n')).toHaveLength(1);
    expect(exit).toEqual([1, null]);
  });
});
