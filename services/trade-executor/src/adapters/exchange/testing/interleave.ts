/** Repeatable shuffles: the same draws in each run. */
export const drawFrom = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

/** Runs the chains' steps in a shuffled order, many at once; a chain's own steps follow each other. */
export const interleave = async (
  chains: readonly (readonly (() => Promise<void>)[])[],
  draw: (below: number) => number,
  atOnce: number,
): Promise<void> => {
  const waiting = chains.map((steps) => [...steps]);
  const worker = async (): Promise<void> => {
    while (waiting.length > 0) {
      const [steps] = waiting.splice(draw(waiting.length), 1);
      await steps?.shift()?.();
      if (steps && steps.length > 0) waiting.push(steps);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};
