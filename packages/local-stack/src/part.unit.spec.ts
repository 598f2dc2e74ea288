import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { supervise, type RunningPart } from './part.js';

type Fake = RunningPart & { readonly die: (code: number) => void; stopped: boolean };

const fakePart = (pid: number): Fake => {
  const ended = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
  const part: Fake = {
    pid,
    exited: ended.promise,
    stopped: false,
    die: (code) => ended.resolve({ code, signal: null }),
    stop: async () => {
      part.stopped = true;
      ended.resolve({ code: 0, signal: null });
    },
  };
  return part;
};

describe('a supervised part', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const start = async (outcomes: readonly ('runs' | 'fails')[] = []) => {
    const started: Fake[] = [];
    const said: string[] = [];
    let tries = 0;
    let restarts = 0;
    const part = await supervise({
      name: 'sample',
      say: (line) => said.push(line),
      onRestart: () => (restarts += 1),
      start: async () => {
        tries += 1;
        if (outcomes[tries - 1] === 'fails') throw new RangeError('no room');
        const running = fakePart(1_000 + tries);
        started.push(running);
        return running;
      },
    });
    return { part, started, said, tries: () => tries, restarts: () => restarts };
  };

  it('is started again when it dies, and tells its new pid', async () => {
    const { part, started, restarts } = await start();
    expect(part.pid()).toBe(1_001);
    started[0]?.die(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(part.pid()).toBe(1_002);
    expect(restarts()).toBe(1);
    await part.stop();
  });

  it('is tried again with growing pauses while it does not start', async () => {
    const { part, started, tries, said } = await start(['runs', 'fails', 'fails', 'runs']);
    started[0]?.die(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(tries()).toBe(2);
    await vi.advanceTimersByTimeAsync(199);
    expect(tries()).toBe(2);
    await vi.advanceTimersByTimeAsync(1 + 400);
    expect(tries()).toBe(4);
    expect(said.filter((line) => line.includes('no room'))).toHaveLength(2);
    await part.stop();
  });

  it('never waits longer than 5 s, and starts over with short pauses once it ran well', async () => {
    const { part, started, tries } = await start();
    for (let round = 0; round < 8; round += 1) {
      started.at(-1)?.die(1);
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(tries()).toBe(9);
    await vi.advanceTimersByTimeAsync(10_001);
    started.at(-1)?.die(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(tries()).toBe(10);
    await part.stop();
  });

  it('stays away once it was stopped, also in the middle of a pause', async () => {
    const { part, started, tries } = await start();
    started[0]?.die(1);
    await vi.advanceTimersByTimeAsync(50);
    await part.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tries()).toBe(1);
  });

  it('does not hide a first start that fails', async () => {
    await expect(start(['fails'])).rejects.toThrow('no room');
  });
});
