import { publicKeyMessage } from '@latchkey/contracts';
import { canonicalJson, type Clock } from '@latchkey/kernel';
import { SealingError, verifyMessage, type TrustedKeys } from '@latchkey/sealing';
import { refusal } from '../../app/errors.js';
import type { VouchedKeys } from '../../app/ports.js';

const maxAgeMs = 5 * 60_000;

/** The vault's word for a public key, held against what was answered beside it: the broker could have put another key there. */
export const createVouchedKeys = ({ trusted, clock }: { readonly trusted: TrustedKeys; readonly clock: Clock }): VouchedKeys => ({
  check: async (signed, expected) => {
    try {
      const { body } = await verifyMessage(signed, { trusted, ...publicKeyMessage, issuers: ['key-vault'], maxAgeMs, clock });
      if (canonicalJson(body) !== canonicalJson(expected)) throw refusal('public_key.untrusted');
    } catch (error) {
      throw error instanceof SealingError ? refusal('public_key.untrusted', { cause: error.code }) : error;
    }
  },
});
