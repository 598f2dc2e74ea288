import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventually } from '@latchkey/testkit';
import { readiness } from './service-fixture.js';

// Specs run from the sources; a process of its own runs what was built from them.
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A vault as a process of its own, as the launcher starts it. */
export type VaultProcess = {
  /** Where it tells its health; `undefined` until it has said that it listens. */
  readonly healthPort: () => number | undefined;
  readonly said: () => string;
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export const startVaultProcess = (env: NodeJS.ProcessEnv): VaultProcess => {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  const child = spawn(process.execPath, ['--disable-sigusr1', main], { env: given, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let said = '';
  let healthPort: number | undefined;
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  child.on('message', (message: { readonly healthPort?: number }) => (healthPort = message.healthPort));
  const exited = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return { healthPort: () => healthPort, said: () => said, exited, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
};

/** Starts one that has to come up, and waits until it can be asked over NATS and knows that its database is the newest there is. */
export const startAnswering = async (env: NodeJS.ProcessEnv): Promise<VaultProcess> => {
  const vault = startVaultProcess(env);
  let ended = false;
  void vault.exited.then(() => (ended = true));
  await eventually(
    async () => {
      const port = vault.healthPort();
      if (ended) return true;
      if (port === undefined) return false;
      const { parts } = (await readiness(port)).body as { readonly parts?: Readonly<Record<string, string>> };
      return parts?.['nats'] === 'ok' && parts['events'] === 'ok';
    },
    { timeoutMs: 60_000 },
  );
  if (ended) throw new TypeError(`the vault did not start: ${vault.said()}`);
  return vault;
};
