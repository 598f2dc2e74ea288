/** Whatever is drawn in a run: the same seed draws the same. Mulberry32, as in the simulator. */
export const createRandom = (seed: number) => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const between = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    chance: (share: number): boolean => next() < share,
    /** Both ends included. */
    between,
    pick: <T>(from: readonly T[]): T => from[between(0, from.length - 1)] as T,
    times: <T>(count: number, draw: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => draw(i)),
  };
};

export type Random = ReturnType<typeof createRandom>;
