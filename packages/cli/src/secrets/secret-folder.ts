import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@latchkey/kernel';
import { CliError } from '../errors.js';

/** The secrets of one container, as files that this process makes and that container reads. */
export type SecretFolder = {
  /** Makes a value the first time and keeps it ever after. */
  readonly once: (name: string, make: () => string | Promise<string>) => Promise<string>;
  /** What follows from other values: written again each time, so that it never falls behind them. */
  readonly derive: (name: string, text: string) => void;
};

/** Postgres reads its password as another user, and alone has that folder mounted. */
const modeOf = (anyUser: boolean): number => (anyUser ? 0o444 : 0o400);

/** In one step: a reader, or a second run after a crash, finds the whole file or none. */
const write = (path: string, text: string, mode: number): void => {
  rmSync(`${path}.next`, { force: true }); // what a killed run left: its owner may not write it either, and its mode would stay
  writeFileSync(`${path}.next`, text, { mode, flag: 'wx' });
  renameSync(`${path}.next`, path);
};

/** @throws {CliError} `cli.secrets_not_written` */
export const secretFolder = (path: string, { anyUser = false }: { readonly anyUser?: boolean } = {}): SecretFolder => {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const message = `secrets cannot be kept in "${path}" (${messageOf(cause)}); mount a volume there that this user may write`;
      throw new CliError('cli.secrets_not_written', message, { path }, { cause });
    }
  };
  guarded(() => mkdirSync(path, { recursive: true, mode: 0o755 }));
  return {
    once: async (name, make) => {
      const file = join(path, name);
      if (!existsSync(file)) {
        const text = await make();
        guarded(() => write(file, text, modeOf(anyUser)));
      }
      return guarded(() => readFileSync(file, 'utf8'));
    },
    derive: (name, text) => guarded(() => write(join(path, name), text, modeOf(anyUser))),
  };
};
