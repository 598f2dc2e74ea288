import type { Command } from 'commander';
import { createOutput, table } from '../output.js';

export const doctorCommand = (program: Command): void => {
  program
    .command('doctor')
    .description('check this machine and the stack, and say what to mend')
    .option('--json', 'answer as JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { checkAll } = await import('../doctor/checks.js');
      const results = await checkAll();
      createOutput(json).answer(
        { ok: results.every(({ ok }) => ok), checks: results },
        table(
          ['', 'check', ''],
          results.map(({ name, ok, says }) => [ok ? 'ok' : 'MEND', name, says]),
        ),
      );
      if (!results.every(({ ok }) => ok)) process.exitCode = 1;
    });
};
