import { exchange } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { observeGauges } from '@latchkey/tracing';
import type { VerificationQueue } from '../app/verification-ports.js';

/** Keys that wait for their daily verification: some always do, for a moment; those that are overdue have waited for more than an hour. */
export const observeVerifications = (queue: Pick<VerificationQueue, 'counts'>, clock: Clock): (() => void) =>
  observeGauges(
    {
      'latchkey.credential.due': { description: 'API keys whose next verification is due', unit: '{key}' },
      'latchkey.credential.overdue': {
        description: 'API keys whose next verification has been due for more than an hour',
        unit: '{key}',
      },
    },
    async () => {
      const found = new Map((await queue.counts(clock.now())).map((row) => [row.exchange, row]));
      const ofEach = (which: 'due' | 'overdue') =>
        exchange.options.map((name) => ({ value: found.get(name)?.[which] ?? 0, attributes: { 'latchkey.venue': name } }));
      return { 'latchkey.credential.due': ofEach('due'), 'latchkey.credential.overdue': ofEach('overdue') };
    },
  );
