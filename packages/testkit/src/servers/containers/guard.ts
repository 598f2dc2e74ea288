import { spawn } from 'node:child_process';
import type { ContainerRuntimeClient } from 'testcontainers';

/**
 * A small process that holds the names of our containers and needs nothing else of us: whatever ends us closes its standard input, and then
 * it removes them. testcontainers has Ryuk for this, a container of its own, which may be switched off or not be there.
 */
const script = `
const { request } = require('node:http');
const { rmSync } = require('node:fs');
const engine = JSON.parse(process.argv[1]);
const held = new Map();
require('node:readline').createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, folder, held: hold } = JSON.parse(line);
    if (hold) held.set(id, folder); else held.delete(id);
  })
  .on('close', () => {
    for (const [id, folder] of held) {
      const done = () => folder && rmSync(folder, { recursive: true, force: true });
      request({ ...engine, method: 'DELETE', path: '/containers/' + id + '?force=true&v=true' }, (answer) => answer.resume().on('end', done))
        .on('error', done).end();
    }
  });
`;

type Modem = {
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: string | number;
  readonly protocol?: string;
};

/** The hold on containers of this process. */
export type ContainerGuard = {
  /** @param folder of this machine, deleted after the container */
  readonly hold: (id: string, folder?: string) => void;
  readonly release: (id: string) => void;
};

/** An engine behind TLS or ssh is not the guard's: what a killed run leaves there goes with Ryuk or the next run's sweep. */
export const createGuard = ({ container: { dockerode } }: ContainerRuntimeClient): ContainerGuard => {
  const { socketPath, host, port, protocol } = dockerode.modem as Modem;
  if (socketPath === undefined && protocol !== 'http') return { hold: () => undefined, release: () => undefined };
  const address = JSON.stringify(socketPath === undefined ? { host, port } : { socketPath });
  const guard = spawn(process.execPath, ['-e', script, address], {
    detached: true, // a Ctrl-C for the whole process group must not end the guard first
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: {},
  });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined); // the guard was killed by somebody: nothing to tell it
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.(); // or the open pipe would keep this process alive
  const tell = (message: object): void => void guard.stdin.write(`${JSON.stringify(message)}\n`);
  return {
    hold: (id, folder) => tell({ id, folder, held: true }),
    release: (id) => tell({ id, held: false }),
  };
};
