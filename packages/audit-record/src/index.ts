export { chainEntries, columnsOf, emptyChain, entryHash, genesisHash, type ChainHead, type RecordEntry } from './entry.js';
export { startVerification, verifyEntry, type Tampering, type Verification } from './verify.js';
