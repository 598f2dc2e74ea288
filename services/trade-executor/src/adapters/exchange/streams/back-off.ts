const firstMs = 500;
const longestMs = 30_000;

/** Growing pauses before a venue is tried again, each moved by up to half, so that a thousand streams do not come back at once. */
export const createBackOff = (random: () => number) => {
  let failures = 0;
  return {
    nextMs: (): number => {
      const ms = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 10));
      failures += 1;
      return Math.round(ms * (0.5 + random() / 2));
    },
    reset: (): void => {
      failures = 0;
    },
  };
};
