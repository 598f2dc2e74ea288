import type { Permit, Permits } from '../../ports/permits.js';

/** A permit that says yes to everything. */
const freePermit: Permit = {
  address: 'any',
  confirm: async () => true,
  mayLeave: () => true,
  left: () => undefined,
  answered: () => undefined,
  end: () => undefined,
};

/** For venues that are played by a spec or a model: nothing is limited. */
export const freePermits: Permits = {
  take: async () => ({ permit: freePermit }),
  forOrder: async () => ({ permit: freePermit }),
};

/** The same where a whole host is played: it pauses for nobody. */
export const deafPermits = {
  ...freePermits,
  addresses: ['any'],
  addressOf: () => 'any',
  tell: (): void => undefined,
  blockedUntil: () => 0,
  status: () => [],
  stop: (): void => undefined,
};
