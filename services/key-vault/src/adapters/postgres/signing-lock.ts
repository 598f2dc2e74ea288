/**
 * Shared by every transaction that records signatures, exclusive to those that change what may be signed at all: what is frozen or halted
 * holds for each signature that is recorded after it, in whatever instance. Any number that is ours alone will do.
 */
export const signingLock = 4_002;
