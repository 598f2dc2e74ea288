import { AppError } from '@latchkey/kernel';

/** Something in this process tried to get out of it: a defect, or somebody else's code. Names what was tried, never what was to be sent. */
export class ReachError extends AppError<'vault.connection_refused' | 'vault.process_refused'> {}

export const connectionRefused = (to: string): ReachError =>
  new ReachError(
    'vault.connection_refused',
    `the key vault connects to its database, its broker and its collector alone, not to ${to}; name the address in the configuration if it is one of them`,
    { to },
  );

export const processRefused = (what: string): ReachError =>
  new ReachError('vault.process_refused', `the key vault starts no process, no thread and no debugger: ${what} is refused`, {
    what,
  });
