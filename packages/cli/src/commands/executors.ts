import { isExecutor, mostExecutors, readStackFile, stackHome, wantExecutors, wantedExecutors } from '@latchkey/local-stack';
import { InvalidArgumentError, type Command } from 'commander';
import { CliError } from '../errors.js';
import { createOutput, table } from '../output.js';

type Executor = { readonly name: string; readonly pid: number };

const running = (): readonly Executor[] =>
  Object.entries(readStackFile(stackHome().stackFile).services)
    .filter(([name]) => isExecutor(name))
    .map(([name, { pid }]) => ({ name, pid }));

const countOf = (text: string): number => {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= mostExecutors) return count;
  throw new InvalidArgumentError(`it must be a number from 0 to ${mostExecutors}`);
};

const withinMs = 120_000;

/** The supervisor follows the number that is asked for; it describes itself anew when it has. */
const scaled = async (count: number): Promise<readonly Executor[]> => {
  const home = stackHome();
  running(); // nothing is asked of a stack that does not run
  wantExecutors(home.executorsFile, count);
  for (const deadline = Date.now() + withinMs; ;) {
    const now = running();
    if (now.length === count) return now;
    if (Date.now() > deadline)
      throw new CliError(
        'cli.checks_failed',
        `there are ${now.length} executors after ${withinMs / 1_000} s, not ${count}; see the newest logs under ${home.logs}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const answer = (json: boolean, executors: readonly Executor[]): void =>
  createOutput(json).answer(
    { wanted: wantedExecutors(stackHome().executorsFile) ?? 1, executors },
    table(
      ['executor', 'pid'],
      executors.map(({ name, pid }) => [name, String(pid)]),
    ),
  );

export const executorsCommand = (program: Command): void => {
  const group = program.command('executors').description('the trade executors that share the work of the running stack');
  group
    .command('list')
    .description('how many are asked for, and which run')
    .option('--json', 'answer as JSON')
    .action(({ json = false }: { json?: boolean }) => answer(json, running()));
  group
    .command('scale')
    .description(
      'add or take away executors while trading goes on; the number stays over restarts. With 0 nothing is sent, and entries grow too old meanwhile',
    )
    .argument('<count>', `how many, 0 to ${mostExecutors}`, countOf)
    .option('--json', 'answer as JSON')
    .action(async (count: number, { json = false }: { json?: boolean }) => answer(json, await scaled(count)));
};
