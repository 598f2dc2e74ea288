/** How far a stream was read from its end, so that what somebody put there is read once and not with every look. */
export type StreamMemory = {
  seen?: {
    readonly created: string;
    /** Read down from here, … */
    readonly upTo: number;
    /** … to the newest that is ours; 0 when there is none. */
    readonly newest: number;
  };
};

type Ends = { readonly created: string; readonly first: number; readonly last: number };

/**
 * The newest message of a stream that is ours, from the end: behind it may stand whatever somebody else has put there.
 *
 * @param read answers a message that is ours, and nothing for any other or where there is none
 */
export const newestSequence = async <T>(
  { created, first, last }: Ends,
  read: (sequence: number) => Promise<T | undefined>,
  memory: StreamMemory,
): Promise<T | undefined> => {
  const { seen } = memory;
  // A stream that is shorter than it was is another one, or an old copy of this one.
  const known = seen?.created === created && seen.upTo <= last ? seen : undefined;
  let found: T | undefined;
  let at = last;
  while (at >= Math.max(first, 1)) {
    if (known && at <= known.upTo && at > known.newest) {
      at = known.newest;
      continue;
    }
    found = await read(at);
    if (found !== undefined) break;
    at -= 1;
  }
  memory.seen = { created, upTo: last, newest: found === undefined ? 0 : at };
  return found;
};
