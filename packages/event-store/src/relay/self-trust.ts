import type { PublishingService } from '@latchkey/contracts';
import { EventStoreError } from '../errors.js';
import type { SignEvent, VerifyEvent } from '../signing.js';

const probe = Buffer.from('does a service believe itself');

/**
 * A relay that did not believe its own events would take its stream for empty, and publish everything again with every look.
 *
 * @throws {EventStoreError} `event_store.own_key_untrusted`
 */
export const assertTrustsItself = async (service: PublishingService, sign: SignEvent, verify: VerifyEvent): Promise<void> => {
  if (await verify(service, 'probe', probe, await sign('probe', probe))) return;
  throw new EventStoreError(
    'event_store.own_key_untrusted',
    `the message key of ${service} is not among its trusted keys, so nobody would believe its events: put its public half into LATCHKEY_TRUSTED_KEYS`,
    { service },
  );
};
