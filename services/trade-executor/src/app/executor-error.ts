import type { ExecutorErrorCode } from '@latchkey/contracts';
import { AppError } from '@latchkey/kernel';

/** What the executor refuses, by the catalogue of contracts; and `executor.stopping`, which never leaves the process. */
export class ExecutorError extends AppError<ExecutorErrorCode | 'executor.stopping'> {}
