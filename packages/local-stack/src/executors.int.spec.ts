import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startExecutors, wantedExecutors, wantExecutors, type Executors } from './executors.js';

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000 });

describe('the executors of a stack', () => {
  let folder: string;
  let file: string;
  let running: Executors | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-executors-'));
    file = join(folder, 'executors');
  });
  afterEach(async () => {
    await running?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (fails: readonly string[] = []) => {
    const alive = new Set<string>();
    const said: string[] = [];
    let changes = 0;
    running = await startExecutors({
      file,
      say: (line) => said.push(line),
      onChange: () => (changes += 1),
      start: async (name) => {
        if (fails.includes(name)) throw new RangeError(`no room for ${name}`);
        alive.add(name);
        return { name, pid: () => 1, stop: async () => void alive.delete(name) };
      },
    });
    const executors = running;
    return { alive, said, changes: () => changes, names: () => executors.members().map(({ name }) => name) };
  };

  it('is one, unless another number was asked for before', async () => {
    expect((await start()).names()).toEqual(['trade-executor']);
    await running?.stop();
    wantExecutors(file, 2);
    expect((await start()).names()).toEqual(['trade-executor', 'trade-executor-2']);
  });

  it('are added and taken away while it runs, the newest first', async () => {
    const { alive, names, changes } = await start();
    wantExecutors(file, 3);
    await eventually(() => expect(changes()).toBe(1));
    expect(names()).toEqual(['trade-executor', 'trade-executor-2', 'trade-executor-3']);
    wantExecutors(file, 0);
    await eventually(() => expect(changes()).toBe(2));
    expect(alive.size).toBe(0);
  });

  it('stay as many as they are when the next does not start, or the number is none', async () => {
    const { alive, names, said, changes } = await start(['trade-executor-2']);
    wantExecutors(file, 3);
    await eventually(() => expect(changes()).toBe(1));
    expect(names()).toEqual(['trade-executor']);
    expect([...alive]).toEqual(['trade-executor']);
    expect(said.at(-1)).toContain('no room for trade-executor-2');
    writeFileSync(file, 'many\n');
    await eventually(() => expect(changes()).toBe(2));
    expect(said.at(-1)).toContain('not "many"');
    expect(names()).toEqual(['trade-executor']);
  });

  it('are refused where the number is none from the start', () => {
    writeFileSync(file, '33');
    expect(() => wantedExecutors(file)).toThrow(expect.objectContaining({ code: 'stack.setting_invalid' }));
  });
});
