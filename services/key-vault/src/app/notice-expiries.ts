import { newId, type Clock } from '@latchkey/kernel';
import { attemptEach, type Attempt } from './attempt-each.js';
import type { ChangeCredential } from './change-credential.js';
import type { VerificationQueue } from './verification-ports.js';

type Deps = {
  readonly queue: Pick<VerificationQueue, 'dueNotices'>;
  readonly change: ChangeCredential;
  readonly attempt: Attempt;
  readonly clock: Clock;
};

/** Records that the end of a key is near, 14, 7 and 1 days ahead. Each process may do it: the event stands once, whoever comes first. */
export const noticeExpiries =
  ({ queue, change, attempt, clock }: Deps) =>
  async (): Promise<void> => {
    const atMs = clock.now();
    await attemptEach(
      (except) => queue.dueNotices(atMs, except),
      (id) =>
        attempt(id, async () => {
          const context = { actor: 'service:key-vault', correlationId: newId() };
          return (await change({ id, command: { type: 'NoticeExpiry', data: { atMs } }, context })).events;
        }),
    );
  };
