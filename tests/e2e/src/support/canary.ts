import { bytesOf, filesIn } from './canary/stores.js';

export { holds } from './canary/scanner.js';
export { dumpOf } from './canary/stores.js';

/** The bytes of every file below a folder. */
export const filesOf = (folder: string): Buffer => Buffer.concat(filesIn(folder).flatMap((file) => [...bytesOf(file)]));
