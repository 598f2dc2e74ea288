import type { Following } from '@latchkey/contracts';
import { createPool, withTransaction } from '@latchkey/event-store';
import { newId, systemClock } from '@latchkey/kernel';
import { createExecutorStore, followingStream } from '../adapters/postgres/executor-store.js';
import { projectFollowing } from '../adapters/postgres/followings.js';
import type { FollowingEvent } from '../domain/following/following.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const atOnce = 500;

/**
 * Writes first followings of many users as the use case would, many in one transaction: for measurements and specs that need thousands. The
 * executor must have been started once.
 */
export const fillFollowings = async ({
  databaseUrl,
  followings,
}: {
  readonly databaseUrl: string;
  readonly followings: readonly Omit<Following, 'updatedAt'>[];
}): Promise<void> => {
  const pool = createPool({ url: databaseUrl, applicationName: 'fill-followings', max: 1, log: silent });
  const store = createExecutorStore(systemClock);
  const metadata = { actor: 'user:filled', correlationId: newId() };
  try {
    for (let from = 0; from < followings.length; from += atOnce) {
      const appends = followings.slice(from, from + atOnce).map((data) => ({
        streamId: followingStream(data),
        expectedVersion: 0,
        events: [{ type: 'FollowingSet', v: 1, data } satisfies FollowingEvent],
        metadata,
      }));
      await withTransaction(pool, async (tx) => {
        for (const event of await store.append(tx, appends)) await projectFollowing(tx, event as never);
      });
    }
  } finally {
    await pool.end();
  }
};
