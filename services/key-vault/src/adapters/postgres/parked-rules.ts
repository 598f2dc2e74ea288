import type { OnParked } from '@latchkey/event-store';
import { newId } from '@latchkey/kernel';
import type { VaultStore } from './credential-rows.js';

/** In the transaction that parks it: from here on signatures go by what was known before, until an operator replays it. */
export const recordParkedRule =
  (store: Pick<VaultStore, 'append' | 'version'>): OnParked =>
  async (tx, { consumer, eventId, deliveries, code }) => {
    const streamId = `parked-${consumer}-${eventId}`;
    const event = { type: 'TradingRuleParked', v: 1, data: { eventId, deliveries, code: code.slice(0, 80) } } as const;
    const metadata = { actor: 'service:key-vault', correlationId: newId() };
    await store.append(tx, [{ streamId, expectedVersion: await store.version(tx, streamId), events: [event], metadata }]);
  };
