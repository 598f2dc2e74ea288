import { createHash } from 'node:crypto';

/** Work and signal subjects are split into this many partitions; changing it re-shuffles who works on what, never what was done. */
export const partitionCount = 64;

/** The partition of a strategy (signals) or a user (trades): the same in every process, 0–63. */
export const partitionOf = (key: string): number => createHash('sha256').update(key).digest().readUInt32BE(0) % partitionCount;

/** `7` → `p07`, the last token of a partitioned subject. */
export const partitionToken = (partition: number): string => `p${String(partition).padStart(2, '0')}`;
