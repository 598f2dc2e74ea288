import { createReadStream, existsSync, rmSync, statSync, watchFile } from 'node:fs';
import { join } from 'node:path';
import { lockHolder, stackHome } from '@latchkey/local-stack';
import type { Command } from 'commander';
import { CliError } from '../errors.js';
import { createOutput } from '../output.js';
import { isAlive } from '../process.js';

/** Asks the supervisor to stop and waits until it has. */
const stopStack = async (timeoutMs = 60_000): Promise<boolean> => {
  const home = stackHome();
  const pid = lockHolder(home.lockFile);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline)
      throw new CliError(
        'cli.checks_failed',
        `the stack (pid ${pid}) did not stop within ${timeoutMs / 1000} s; see ${home.logs}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
};

export const stopCommand = (program: Command): void => {
  program
    .command('stop')
    .description('stop the running stack, in order')
    .option('--json', 'answer as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const stopped = await stopStack();
      createOutput(json).answer({ stopped }, stopped ? 'stopped' : 'no stack was running');
    });
};

export const resetCommand = (program: Command): void => {
  program
    .command('reset')
    .description('stop the stack and delete its data, its keys and every stored API secret with them')
    .option('--yes', 'do it; without this it only says what would go')
    .option('--json', 'answer as JSON')
    .action(async ({ yes = false, json = false }: { yes?: boolean; json?: boolean }) => {
      const home = stackHome();
      const folders = [home.keys, home.postgres, home.nats, home.logs, home.executorsFile].filter((folder) => existsSync(folder));
      if (!yes) {
        createOutput(json).answer(
          { deleted: [], wouldDelete: folders },
          `would delete:\n${folders.join('\n')}\n\nSay --yes to do it. The encryption key goes too: stored secrets cannot be read again.`,
        );
        return;
      }
      await stopStack();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
      createOutput(json).answer(
        { deleted: folders },
        folders.length === 0 ? 'there was nothing to delete' : `deleted:\n${folders.join('\n')}`,
      );
    });
};

const readFrom = (file: string, start: number): Promise<void> =>
  new Promise((resolve, reject) => {
    createReadStream(file, { start }).on('error', reject).on('end', resolve).pipe(process.stdout, { end: false });
  });

export const logsCommand = (program: Command): void => {
  program
    .command('logs')
    .description(
      'print the log of a part: gateway, key-vault, trade-executor (-2, -3, …), audit, postgres, nats, exchange-simulator, provisioner',
    )
    .argument('<part>')
    .option('--follow', 'go on as it grows')
    .option('--bytes <count>', 'from how far before its end', '16384')
    .action(async (part: string, { follow = false, bytes }: { follow?: boolean; bytes: string }) => {
      const file = join(stackHome().logs, `${part}.log`);
      if (!/^[a-z-]+\d*$/.test(part) || !existsSync(file))
        throw new CliError('cli.bad_option', `there is no log of "${part}"; the parts are listed by: latchkey logs --help`);
      let read = Math.max(0, statSync(file).size - Number(bytes));
      await readFrom(file, read);
      read = statSync(file).size;
      if (!follow) return;
      watchFile(file, { interval: 250 }, ({ size }) => {
        if (size > read) void readFrom(file, read);
        read = size;
      });
    });
};
