/** One batch of signatures, one group of intents. */
const slice = 256;
/** Two slices: the next one is taken while the one before is under way. */
const mostFresh = 2 * slice;
/** Whatever takes longer than this waits for something (a venue, a look-up): it keeps nobody else waiting. */
const freshMs = 2_000;

/**
 * How many more trades may be begun now, in whole slices. A large fan-out is taken from Postgres slice by slice: so its trades
 * stay together on their way (one commit, one batch of signatures), and the memory that it needs does not grow with its followers.
 */
export const roomFor = (lanes: readonly { readonly begunAt: number }[], now: number): number => {
  const room = mostFresh - lanes.filter(({ begunAt }) => now - begunAt < freshMs).length;
  return Math.max(0, Math.floor(room / slice) * slice);
};
