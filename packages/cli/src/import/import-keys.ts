import {
  maxImportRows,
  maxImportTextLength,
  type CommandContext,
  type Environment,
  type ImportRow,
  type LegacyFormat,
} from '@latchkey/contracts';
import { isAppError, messageOf } from '@latchkey/kernel';
import type { RpcClient } from '@latchkey/messaging';
import { CliError } from '../errors.js';
import type { OlderColumns } from './older-columns.js';
import { keysOfRow, type OlderKey, type SourceRow } from './older-rows.js';
import { createTotals, notSent, type NotSentCode, type RowReport, type Totals } from './row-report.js';
import type { UserIds } from './user-ids.js';

export type ImportOptions = {
  readonly columns: OlderColumns;
  readonly environment: Environment;
  readonly format?: LegacyFormat | undefined;
  readonly replace: boolean;
  readonly dryRun: boolean;
  /** Modes whose users' keys are taken, besides PERSONAL and none. */
  readonly alsoModes: readonly string[];
};

type Deps = {
  readonly rpc: RpcClient;
  readonly context: CommandContext;
  readonly userIdOf: UserIds;
  readonly report: (row: RowReport) => void;
  /** After each batch. */
  readonly progress?: (totals: Totals) => void;
  readonly pause?: (ms: number) => Promise<void>;
};

type Sent = { readonly key: OlderKey; readonly userId: string };

/** A signed request is read as a whole, and the broker takes a megabyte. */
const maxBatchLength = 256 * 1024;
const maxTries = 5;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const lengthOf = ({ key, userId }: Sent): number => key.apiKey.length + key.secretEncrypted.length + userId.length;
const rowOf = ({ key, userId }: Sent): ImportRow => ({
  userId: userId.slice(0, 256),
  exchange: key.exchange.slice(0, 64),
  apiKey: key.apiKey,
  secretEncrypted: key.secretEncrypted,
});

/** What can be said of a key before the vault is asked; only the vault judges the rest. */
const createScreening = ({ userIdOf }: Pick<Deps, 'userIdOf'>, { alsoModes }: Pick<ImportOptions, 'alsoModes'>) => {
  const taken = new Set(['', 'PERSONAL', ...alsoModes.map((mode) => mode.toUpperCase())]);
  const seen = new Set<string>();
  return (key: OlderKey): NotSentCode | Sent => {
    if (key.apiKey === '' && key.secretEncrypted === '') return 'import.no_key';
    if (key.apiKey === '' || key.secretEncrypted === '') return 'import.incomplete';
    if (!taken.has(key.mode)) return 'import.mode_not_personal';
    const userId = userIdOf(key.olderUser);
    if (userId === undefined) return 'import.user_not_mapped';
    if (key.apiKey.length > maxImportTextLength || key.secretEncrypted.length > maxImportTextLength) return 'import.too_long';
    const account = JSON.stringify([userId, key.exchange]);
    if (seen.has(account)) return 'import.duplicate_account';
    seen.add(account);
    return { key, userId };
  };
};

/** Where to look for an answer that did not come: the same call again finds what the first one did. */
const mayBeRepeated = (error: unknown): boolean => isAppError(error, 'rpc.timeout') || isAppError(error, 'rpc.unavailable');

/**
 * Streams an older table's keys to the vault, a batch after the other. Secrets pass as the ciphertext that they are.
 *
 * @throws the vault's refusal of the whole command, e.g. `vault.legacy_key_missing`
 * @throws {CliError} `cli.import_stopped`: no answer; what was reported is done, and running it again goes on from there
 */
export const importKeys = async (rows: AsyncIterable<SourceRow>, options: ImportOptions, deps: Deps): Promise<Totals> => {
  const { rpc, context, report, progress, pause = sleep } = deps;
  const { environment, format, replace, dryRun, columns } = options;
  const totals = createTotals();
  const tell = (row: RowReport): void => {
    totals.add(row);
    report(row);
  };

  const call = async (batch: readonly Sent[]) => {
    const request = {
      environment,
      rows: batch.map(rowOf),
      replace,
      dryRun,
      context,
      ...(format === undefined ? {} : { format }),
    };
    for (let tries = 1; ; tries += 1) {
      try {
        return (await rpc.call('cmd.key-vault.import-credentials', request)).rows;
      } catch (error) {
        if (!mayBeRepeated(error)) throw error;
        if (tries === maxTries) {
          const message = `the vault does not answer (${messageOf(error)}); run the same import again: it goes on where this one stopped`;
          throw new CliError('cli.import_stopped', message, { ...totals.now() }, { cause: error });
        }
        await pause(tries * 1_000);
      }
    }
  };
  const send = async (batch: readonly Sent[]): Promise<void> => {
    if (batch.length === 0) return;
    const answers = await call(batch);
    for (const [i, { key, userId }] of batch.entries()) {
      const answer = answers[i] ?? { ok: false, code: 'rpc.bad_reply', message: 'the vault left this row out; import it again' };
      tell({ row: key.row, olderUser: key.olderUser, exchange: key.exchange, userId, ...answer });
    }
    progress?.(totals.now());
  };

  const screen = createScreening(deps, options);
  let batch: Sent[] = [];
  let length = 0;
  let row = 0;
  for await (const source of rows) {
    row += 1;
    for (const key of keysOfRow(source, columns, row)) {
      const screened = screen(key);
      if (typeof screened === 'string') {
        tell({ row, olderUser: key.olderUser, exchange: key.exchange, ok: false, code: screened, message: notSent[screened] });
        continue;
      }
      if (batch.length === maxImportRows || length + lengthOf(screened) > maxBatchLength) {
        await send(batch);
        [batch, length] = [[], 0];
      }
      batch.push(screened);
      length += lengthOf(screened);
    }
  }
  await send(batch);
  return totals.now();
};
