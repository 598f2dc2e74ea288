import { z } from 'zod';

/** An event of another service that its consumer could not handle. Its reason in words stands with the dead letter, where it can be deleted. */
export const parked = z.strictObject({
  eventId: z.uuid(),
  deliveries: z.int().positive(),
  code: z.string().max(80).describe('code of what went wrong'),
});
