/**
 * AES-GCM with random 96-bit IVs: at most 2^32 encryptions under one key, whatever they are of (NIST SP 800-38D, section 8.3). A sub-key
 * for each use would allow that many for each; all wraps of a master key are counted together, which is stricter.
 */
export const nistLimit = 2 ** 32;

/** Where a key stops. Half of the limit: a database that is restored from a backup has forgotten the wraps that came after it. */
export const stopsAt = 2 ** 31;

/** Where the operator is told to bring in another one: at a thousand saved keys a second, twelve days are left then. */
export const warnsAt = 2 ** 30;
