/**
 * Shared by every transaction that records an opening, exclusive to those that halt, resume or limit: what was answered to them holds for
 * each opening that is recorded afterwards. Any number that is ours alone will do.
 */
export const openingLock = 5_001;
