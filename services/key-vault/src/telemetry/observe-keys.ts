import { observeGauges } from '@latchkey/tracing';
import type { WrapCounts } from '../app/ports.js';

/** How much each master key has wrapped; the alarm is for those who plan the next rotation. */
export const observeKeys = (counts: Pick<WrapCounts, 'all'>): (() => void) =>
  observeGauges(
    { 'latchkey.encryption_key.wraps': { description: 'Data keys that were wrapped under a master key', unit: '{wrap}' } },
    async () => ({
      'latchkey.encryption_key.wraps': (await counts.all()).map(({ keyId, wraps }) => ({
        value: wraps,
        attributes: { 'latchkey.encryption_key.id': keyId },
      })),
    }),
  );
