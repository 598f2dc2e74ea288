import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCredentials } from '@latchkey/key-vault/testing';
import { connectAsExecutor, orderString } from '../harness/executor.js';
import { until } from '../harness/http.js';
import { residentMiB } from '../harness/memory.js';
import type { Report } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';

const count = 100_000;
/** Of as many different credentials; some hundred batches. */
const signed = 5_000;
const batch = 50;

const vaultOf = (stack: Stack): number => stack.description().services['key-vault']?.pid ?? 0;

/** A vault process that has just come up, with whatever is in its database. */
const restarted = async (stack: Stack): Promise<{ readonly pid: number; readonly ms: number }> => {
  const before = vaultOf(stack);
  const began = performance.now();
  process.kill(before, 'SIGTERM');
  const pid = await until(() => {
    const now = vaultOf(stack);
    return now !== before && now;
  });
  await (await connectAsExecutor(stack)).close();
  return { pid, ms: performance.now() - began };
};

/** What the vault's memory has to do with the number of credentials: their keys are read when they are used, and kept nowhere. */
export const vaultMemory = async (stack: Stack): Promise<Report> => {
  const empty = residentMiB((await restarted(stack)).pid);
  const userIds = Array.from({ length: count }, (_, i) => `filled-${i}`);
  const began = performance.now();
  await fillCredentials({
    databaseUrl: stack.description().postgres.databases['key-vault'],
    encryptionKey: readFileSync(join(stack.description().keys.folder, 'encryption-key'), 'utf8').trim(),
    accounts: userIds.map((userId) => ({ userId })),
  });
  const filledMs = performance.now() - began;
  const { pid, ms } = await restarted(stack);
  const full = residentMiB(pid);
  const executor = await connectAsExecutor(stack);
  try {
    for (let i = 0; i < signed; i += batch) await executor.sign(userIds.slice(i * 20, i * 20 + batch).map(orderString));
  } finally {
    await executor.close();
  }
  const used = residentMiB(pid);
  const mib = (value: number): string => `${value.toFixed(0)} MiB`;
  return {
    lines: [],
    costs: [],
    steps: [],
    notes: [
      `The vault's resident memory after a start: ${mib(empty)} with no credential, ${mib(full)} with ${count.toLocaleString('en')}, ` +
        `${mib(used)} after ${signed.toLocaleString('en')} signatures with as many of them. ` +
        `(Encrypted and stored in ${(filledMs / 1_000).toFixed(0)} s; started again in ${(ms / 1_000).toFixed(1)} s.)`,
    ],
  };
};
