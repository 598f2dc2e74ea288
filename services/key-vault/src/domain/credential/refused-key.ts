import { keyRefusals, type KeyRefusal, type VaultErrorCode } from '@latchkey/contracts';

const codes: Readonly<Record<KeyRefusal, VaultErrorCode>> = {
  'venue.key_unknown': 'vault.key_unknown',
  'venue.key_expired': 'vault.key_expired',
  'venue.key_other_environment': 'vault.key_other_environment',
  'venue.address_not_allowed': 'vault.key_address_refused',
  'venue.some_addresses_not_allowed': 'vault.key_address_refused',
  'venue.signature_refused': 'vault.key_secret_wrong',
  'venue.key_refused': 'vault.key_refused',
};

const isRefusal = (code: string): code is KeyRefusal => (keyRefusals as readonly string[]).includes(code);

/** Why a venue refused a key, as far as its answer proves it. A key that it knew once and does not know any more was deleted there. */
export const codeOfRefusal = (code: string, verifiedBefore: boolean): VaultErrorCode => {
  if (code === 'venue.key_unknown' && verifiedBefore) return 'vault.key_revoked';
  return isRefusal(code) ? codes[code] : 'vault.key_refused';
};
