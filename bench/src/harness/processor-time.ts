import { readdirSync, readFileSync } from 'node:fs';
import type { Stack } from './stack.js';

// USER_HZ, which Linux has fixed at 100 for everything that /proc tells.
const msPerTick = 10;

type Process = { readonly pid: number; readonly parent: number; readonly ms: number };

const read = (pid: number): Process | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // Its own time, and that of children that have ended: a Postgres backend's goes to the server when it leaves.
    const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
    return { pid, parent: Number(fields[1]), ms: ticks * msPerTick };
  } catch {
    return undefined; // it has ended meanwhile
  }
};

const all = (): readonly Process[] => {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => read(Number(name)) ?? []);
  } catch {
    return []; // only Linux tells
  }
};

/** Processor time of each part of the stack with its children so far, in ms; empty where the system does not tell. */
export const processorTime = (stack: Stack): Readonly<Record<string, number>> => {
  const processes = all();
  if (processes.length === 0) return {};
  const withChildren = (pid: number): number =>
    processes.reduce((sum, process) => {
      if (process.pid === pid) return sum + process.ms;
      return process.parent === pid ? sum + withChildren(process.pid) : sum;
    }, 0);
  const { services, nats, postgres } = stack.description();
  const parts = {
    ...Object.fromEntries(Object.entries(services).map(([name, { pid }]) => [name, pid])),
    nats: nats.pid,
    postgres: postgres.pid,
  };
  return Object.fromEntries(Object.entries(parts).map(([name, pid]) => [`${name} (ms)`, withChildren(pid)]));
};
