import type { Environment } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import type { OrderStreams } from '../ports/order-streams.js';
import type { Permit, Permits } from '../ports/permits.js';
import type { KeyVault, Vault } from '../ports/vault.js';

const free: Permit = {
  address: '',
  confirm: async () => true,
  mayLeave: () => true,
  left: () => undefined,
  answered: () => undefined,
  end: () => undefined,
};

/** A paper order needs nobody's key, so that nothing of it is ever asked of the vault. */
export const vaultBesidePaper = (vault: KeyVault, clock: Clock): Vault => ({
  ...vault,
  sign: async (item) => {
    const { environment } = item;
    return environment === 'paper'
      ? { outcome: 'signed', apiKey: '', signature: '', signedAt: clock.now() }
      : vault.sign({ ...item, environment });
  },
});

/** What never leaves uses up no exchange's limit. */
export const permitsBesidePaper = (permits: Permits<Environment>): Permits => ({
  ...permits,
  forOrder: async (asked) => {
    const { environment } = asked;
    return environment === 'paper' ? { permit: free } : permits.forOrder({ ...asked, environment });
  },
});

/** Paper orders are filled when they are placed: nothing is left to listen to. */
export const streamsBesidePaper = (streams: OrderStreams<Environment>): OrderStreams => ({
  follow: (of) => {
    const { environment } = of;
    return environment === 'paper' ? undefined : streams.follow({ ...of, environment });
  },
});
