import { createHash } from 'node:crypto';

/** Numbers in [0, 1) that depend on nothing but the seed. */
export type Random = () => number;

export const randomOf = (seed: string): Random => {
  let state = createHash('sha256').update(seed).digest().readUInt32BE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

export const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
export const between = (random: Random, least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
