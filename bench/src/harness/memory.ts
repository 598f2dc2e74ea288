import { readFileSync } from 'node:fs';

/** Resident memory in MiB, as Linux tells it; NaN elsewhere. */
export const residentMiB = (pid: number): number => {
  try {
    const [, kib = 'NaN'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1_024;
  } catch {
    return Number.NaN;
  }
};

const everyMs = 20;

/** Watches a process's resident memory from now on. @returns ends it and tells the most that was seen, in MiB */
export const watchMemory = (pid: number): (() => number) => {
  let most = residentMiB(pid);
  const timer = setInterval(() => {
    most = Math.max(most, residentMiB(pid));
  }, everyMs);
  return () => {
    clearInterval(timer);
    return Math.max(most, residentMiB(pid));
  };
};
