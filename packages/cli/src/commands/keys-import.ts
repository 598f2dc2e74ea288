import { closeSync, openSync, writeSync } from 'node:fs';
import { environment as environments, legacyFormat, type Environment, type LegacyFormat } from '@latchkey/contracts';
import { Option, type Command } from 'commander';
import { CliError } from '../errors.js';
import type { RowReport, Totals } from '../import/row-report.js';
import { createOutput, table } from '../output.js';
import { keysGroup } from './keys-group.js';

type Options = {
  readonly from?: string;
  readonly file?: string;
  readonly table: string;
  readonly userColumn: string;
  readonly modeColumn: string | false;
  readonly exchangeColumn?: string;
  readonly keyColumn?: string;
  readonly secretColumn?: string;
  readonly userPrefix?: string;
  readonly userMap?: string;
  readonly alsoModes: readonly string[];
  readonly environment: Environment;
  readonly format?: LegacyFormat;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly report?: string;
  readonly json?: boolean;
};

/** A line a key, for its reader alone: who has keys where is nobody else's business. */
const reportFile = (path: string | undefined) => {
  if (path === undefined) return { write: () => undefined, close: () => undefined };
  const file = openSync(path, 'w', 0o600);
  return {
    write: (row: RowReport) => void writeSync(file, `${JSON.stringify(row)}\n`),
    close: () => closeSync(file),
  };
};

const summary = ({ keys, imported, replaced, alreadyImported, notTaken }: Totals, dryRun: boolean): string => {
  const word = dryRun ? 'would be ' : '';
  const rows = [
    [`${word}imported`, String(imported)],
    [`${word}replaced`, String(replaced)],
    ['already imported', String(alreadyImported)],
    ...Object.entries(notTaken).map(([code, count]) => [code, String(count)]),
    ['in all', String(keys)],
  ];
  return [
    table(['keys', 'count'], rows),
    ...(dryRun ? ['', 'Nothing was stored: this was a dry run.'] : ['', 'Imported keys trade once they are verified.']),
  ].join('\n');
};

const importFrom = async (options: Options): Promise<void> => {
  const { from, file, json = false, dryRun = false, replace = false } = options;
  if ((from === undefined) === (file === undefined))
    throw new CliError(
      'cli.bad_option',
      'say where the older table is: set LEGACY_DATABASE_URL (or --from <postgres url>), or give --file <exported file>',
    );
  const [{ asOperator }, { importKeys }, { columnNames, olderColumns }, { readFileRows }, { readTableRows }, { userIds }] =
    await Promise.all([
      import('../operator/operator-client.js'),
      import('../import/import-keys.js'),
      import('../import/older-columns.js'),
      import('../import/read-file.js'),
      import('../import/read-table.js'),
      import('../import/user-ids.js'),
    ]);
  const columns = olderColumns(options);
  const userIdOf = await userIds({ prefix: options.userPrefix, mapFile: options.userMap });
  const read = { table: options.table, columns: columnNames(columns), orderBy: options.userColumn };
  const rows = from === undefined ? readFileRows(file ?? '') : readTableRows(from, read);
  const output = createOutput(json);
  const report = reportFile(options.report);
  try {
    const { environment, format, alsoModes } = options;
    const totals = await asOperator(({ rpc, context }) =>
      importKeys(
        rows,
        { columns, environment, format, alsoModes, replace, dryRun },
        {
          rpc,
          context,
          userIdOf,
          report: report.write,
          progress: (now) => output.progress(`${now.keys} keys so far, ${now.imported + now.replaced} taken`),
        },
      ),
    );
    output.answer({ dryRun, ...totals }, summary(totals, dryRun));
  } finally {
    report.close();
  }
};

export const keysImportCommand = (program: Command): void => {
  keysGroup(program)
    .command('import')
    .description("take users' keys over from an older service; the vault must hold its key as LEGACY_ENCRYPTION_KEY")
    .addOption(
      new Option('--from <url>', "the older service's Postgres; better in the environment, where no other user sees it").env(
        'LEGACY_DATABASE_URL',
      ),
    )
    .option('--file <path>', 'an exported table instead: .csv with a header, or .jsonl')
    .option('--table <name>', 'the older table, or a view of it', 'users')
    .option('--user-column <name>', 'holds the user id', 'id')
    .option('--mode-column <name>', 'holds the trading mode', 'trading_mode')
    .option('--no-mode-column', 'the table knows no trading mode')
    .option('--exchange-column <name>', 'the table has one key a row, and this column says where it is good')
    .option('--key-column <name>', 'holds the API key ({exchange}_api_key; with --exchange-column: api_key)')
    .option(
      '--secret-column <name>',
      'holds the ciphertext ({exchange}_api_secret_encrypted; with --exchange-column: api_secret)',
    )
    .option('--user-prefix <text>', 'goes before each older id')
    .option('--user-map <path>', 'CSV without a header: older id, id here; others are left out')
    .option('--also-modes <modes...>', 'take users of these modes too, e.g. HYBRID: their keys will trade as PERSONAL', [])
    .addOption(new Option('--environment <name>', 'which site of the exchanges').choices(environments.options).default('live'))
    .addOption(new Option('--format <name>', 'take this one only; otherwise whichever opens').choices(legacyFormat.options))
    .option('--replace', 'also where the user has another key here, or deleted it here')
    .option('--dry-run', 'decrypt and check in the vault, store nothing')
    .option('--report <path>', 'a line of JSON for each key, without key and secret')
    .option('--json', 'answer as JSON')
    .action(importFrom);
};
