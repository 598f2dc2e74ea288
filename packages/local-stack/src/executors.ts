import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { messageOf } from '@latchkey/kernel';
import { LocalStackError } from './errors.js';
import type { SupervisedPart } from './part.js';

export const mostExecutors = 32;

/** The first has the name of its service, further ones a number behind it. */
const nameOf = (index: number): string => (index === 0 ? 'trade-executor' : `trade-executor-${index + 1}`);

export const isExecutor = (part: string): boolean => /^trade-executor(?:-\d+)?$/.test(part);

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
};

/**
 * How many executors a home is to have: the number that an operator asked for last.
 *
 * @throws {LocalStackError} `stack.setting_invalid`
 */
export const wantedExecutors = (file: string): number | undefined => {
  const text = textOf(file);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= mostExecutors) return count;
  throw new LocalStackError(
    'stack.setting_invalid',
    `"${file}" must hold a number of executors from 0 to ${mostExecutors}, not "${text.slice(0, 20)}"`,
  );
};

/** Asks the stack of a home, running or to be started, for so many executors. In one step, so that no half number is read. */
export const wantExecutors = (file: string, count: number): void => {
  writeFileSync(`${file}.next`, `${count}\n`, { mode: 0o600 });
  renameSync(`${file}.next`, file);
};

export type ExecutorsOptions = {
  readonly file: string;
  readonly start: (name: string) => Promise<SupervisedPart>;
  readonly say: (line: string) => void;
  /** Called when one was added or taken away. */
  readonly onChange: () => void;
};

/** The executors of a stack, as many as its file asks for, also while it runs. */
export type Executors = { readonly members: () => readonly SupervisedPart[]; readonly stop: () => Promise<void> };

const lookEveryMs = 200;

/** @throws whatever the first of them that does not start has to say */
export const startExecutors = async ({ file, start, say, onChange }: ExecutorsOptions): Promise<Executors> => {
  let members: readonly SupervisedPart[] = [];
  let stopping = false;
  let changing: Promise<void> = Promise.resolve();

  const add = async (count: number): Promise<void> => {
    const names = Array.from({ length: count }, (_, index) => nameOf(index)).slice(members.length);
    const started = await Promise.allSettled(names.map(start));
    // In the order of their names, and none behind one that is missing: names say how many there are.
    const whole = started.findIndex(({ status }) => status === 'rejected');
    const parts = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const kept = whole < 0 ? parts : parts.slice(0, whole);
    await Promise.all(parts.slice(kept.length).map((part) => part.stop()));
    members = [...members, ...kept];
    const failed = started[whole];
    if (failed?.status === 'rejected') throw failed.reason;
  };

  const remove = async (count: number): Promise<void> => {
    const surplus = members.slice(count);
    members = members.slice(0, count);
    await Promise.all(surplus.map((part) => part.stop()));
  };

  const scale = async (count: number): Promise<void> => {
    if (count > members.length) await add(count);
    else await remove(count);
  };

  const follow = async (): Promise<void> => {
    const before = members.length;
    try {
      const count = wantedExecutors(file) ?? before;
      if (count === before) return;
      say(`executors: ${before} → ${count}`);
      await scale(count);
    } catch (error) {
      say(`there are ${members.length} executors: ${messageOf(error)}`);
    }
    onChange();
  };

  // Before the first of them starts: what is asked for meanwhile is seen as a change.
  let seen = textOf(file);
  let timer: NodeJS.Timeout | undefined;
  /** Looked at again and again: to be told of changes, a file must be there and its folder must stay. */
  const look = async (): Promise<void> => {
    const text = textOf(file);
    if (text !== seen) {
      seen = text;
      await follow();
    }
    if (!stopping) timer = setTimeout(next, lookEveryMs);
  };
  const next = (): void => {
    changing = look();
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(timer);
    await changing;
    await remove(0);
  };

  try {
    await scale(wantedExecutors(file) ?? 1);
  } catch (error) {
    await stop();
    throw error;
  }
  next();
  return { members: () => members, stop };
};
