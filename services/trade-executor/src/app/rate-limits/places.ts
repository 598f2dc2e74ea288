/** More requests at once would only wait for each other in the same process. */
export const mostInProcess = 512;

/**
 * The places of a lane: how many requests are under way at once, and how many of those are still on their way out of the process. A request that
 * left waits for its venue, which may take long and costs nothing here.
 */
export const createPlaces = (of: {
  readonly most: () => number;
  readonly mostLeaving: () => number;
  readonly onFreed: () => void;
}) => {
  const byUser = new Map<string, number>();
  let [taken, leaving] = [0, 0];
  return {
    taken: (): number => taken,
    free: (): number => Math.min(of.most() - taken, of.mostLeaving() - leaving),
    /** So many of one user's requests at once leave places for the others. */
    ofUser: (): number => Math.max(2, Math.floor(of.most() / 4)),
    takenBy: (user: string): number => byUser.get(user) ?? 0,
    /** `left` and `end` may come in any order, and more than once. */
    take: (user: string) => {
      let [isLeaving, isOver] = [true, false];
      taken += 1;
      leaving += 1;
      byUser.set(user, (byUser.get(user) ?? 0) + 1);
      const left = (): void => {
        if (!isLeaving) return;
        isLeaving = false;
        leaving -= 1;
        of.onFreed();
      };
      return {
        left,
        end: (): void => {
          if (isOver) return;
          isOver = true;
          taken -= 1;
          const own = (byUser.get(user) ?? 1) - 1;
          if (own > 0) byUser.set(user, own);
          else byUser.delete(user);
          left();
          of.onFreed();
        },
      };
    },
  };
};
