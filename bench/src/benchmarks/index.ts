import type { Counter } from '../harness/cost.js';
import type { Report } from '../harness/result.js';
import type { Stack } from '../harness/stack.js';
import { fanOutTo100, fanOutTo1000, fanOutTo10000 } from './fan-out.js';
import { oneFollower } from './one-follower.js';
import { signatures } from './signatures.js';
import { vaultMemory } from './vault-memory.js';

/** One benchmark: measures ours and its floor on the same stack in the same run. */
export type Benchmark = (stack: Stack, counter: Counter) => Promise<Report>;

/** All of them, in the order in which they run; a new one is a file beside these and a line here. */
export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'one-follower': oneFollower,
  'fan-out-100': fanOutTo100,
  'fan-out-1000': fanOutTo1000,
  'fan-out-10000': fanOutTo10000,
  signatures,
  'vault-memory': vaultMemory,
};
