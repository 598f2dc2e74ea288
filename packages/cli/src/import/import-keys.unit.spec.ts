import { maxImportRows, type ImportedRow, type RpcRequestInput } from '@latchkey/contracts';
import { newId, type CredentialId } from '@latchkey/kernel';
import { RpcError, type RpcClient } from '@latchkey/messaging';
import { describe, expect, it } from 'vitest';
import { importKeys, type ImportOptions } from './import-keys.js';
import { olderColumns } from './older-columns.js';
import type { SourceRow } from './older-rows.js';
import type { RowReport } from './row-report.js';

type Request = RpcRequestInput<'cmd.key-vault.import-credentials'>;
const columns = olderColumns({ userColumn: 'id', modeColumn: 'trading_mode' });
const options: ImportOptions = { columns, environment: 'live', replace: false, dryRun: false, alsoModes: [] };
const imported = (outcome: 'imported' | 'already_imported' = 'imported'): ImportedRow => ({
  ok: true,
  outcome,
  credentialId: newId<CredentialId>(),
  maskedKey: 'abcd...wxyz',
  format: 'iv:text:tag',
  keyDerivation: 'pbkdf2',
});

/** A user with a key at Bybit, and at Binance if it is given. */
const user = (id: number | string, more: SourceRow = {}): SourceRow => ({
  id,
  trading_mode: 'PERSONAL',
  binance_api_key: null,
  binance_api_secret_encrypted: null,
  bybit_api_key: `key-${id}`,
  bybit_api_secret_encrypted: `ciphertext-${id}`,
  ...more,
});
async function* from(rows: readonly SourceRow[]): AsyncGenerator<SourceRow> {
  yield* rows;
}

/** A vault that answers in turn, or `imported` for each row. */
const run = async (rows: readonly SourceRow[], more: Partial<ImportOptions> = {}, answers: (ImportedRow[] | Error)[] = []) => {
  const calls: Request[] = [];
  const reports: RowReport[] = [];
  const pauses: number[] = [];
  const rpc = {
    call: async (_subject: string, request: Request) => {
      calls.push(request);
      const answer = answers.shift() ?? request.rows.map(() => imported());
      if (answer instanceof Error) throw answer;
      return { rows: answer };
    },
  } as unknown as RpcClient;
  const context = { actor: 'operator:alice', correlationId: newId() };
  const done = importKeys(
    from(rows),
    { ...options, ...more },
    {
      rpc,
      context,
      userIdOf: (older) => (older === 'unmapped' ? undefined : `old-${older}`),
      report: (row) => void reports.push(row),
      pause: async (ms) => void pauses.push(ms),
    },
  );
  return { calls, reports, pauses, done };
};
const words = (reports: readonly RowReport[]) => reports.map((report) => (report.ok ? report.outcome : report.code));

describe('an import', () => {
  it('sends ciphertext as it stands, for the user as it is called here', async () => {
    const { calls, done, reports } = await run([user(17)]);
    expect(await done).toEqual({ keys: 2, imported: 1, replaced: 0, alreadyImported: 0, notTaken: { 'import.no_key': 1 } });
    expect(calls).toEqual([
      {
        environment: 'live',
        replace: false,
        dryRun: false,
        context: expect.objectContaining({ actor: 'operator:alice' }),
        rows: [{ userId: 'old-17', exchange: 'bybit', apiKey: 'key-17', secretEncrypted: 'ciphertext-17' }],
      },
    ]);
    expect(reports[1]).toMatchObject({ row: 1, olderUser: '17', userId: 'old-17', exchange: 'bybit', outcome: 'imported' });
    expect(JSON.stringify(reports)).not.toMatch(/key-17|ciphertext/);
  });

  it('sends no more than a hundred keys and a quarter of a megabyte at once, and every key once', async () => {
    const many = Array.from({ length: 250 }, (_, i) => user(i));
    const plain = await run(many);
    expect((await plain.done).imported).toBe(250);
    expect(plain.calls.map(({ rows }) => rows.length)).toEqual([maxImportRows, maxImportRows, 50]);
    const long = await run(many.map((row) => ({ ...row, bybit_api_secret_encrypted: 'x'.repeat(8_000) })));
    expect((await long.done).imported).toBe(250);
    expect(Math.max(...long.calls.map((call) => JSON.stringify(call).length))).toBeLessThan(300_000);
    expect(new Set(long.calls.flatMap(({ rows }) => rows.map(({ userId }) => userId))).size).toBe(250);
  });

  it('keeps back what needs no vault to be judged, each with its code', async () => {
    const { calls, reports, done } = await run([
      user(1),
      user(2, { trading_mode: 'POOLED' }),
      user(3, { trading_mode: 'hybrid' }),
      user(4, { bybit_api_key: null }),
      user(5, { bybit_api_secret_encrypted: '' }),
      user('unmapped'),
      user(1, { bybit_api_key: 'another' }),
      user(6, { bybit_api_secret_encrypted: 'x'.repeat(8_193) }),
      user(7, { trading_mode: null }),
    ]);
    await done;
    // What is kept back is told as it is met, what was sent when it is answered.
    expect(words(reports).filter((word) => word !== 'import.no_key')).toEqual([
      'import.mode_not_personal',
      'import.mode_not_personal',
      'import.incomplete',
      'import.incomplete',
      'import.user_not_mapped',
      'import.duplicate_account',
      'import.too_long',
      'imported',
      'imported',
    ]);
    expect(calls.flatMap(({ rows }) => rows.map(({ userId }) => userId))).toEqual(['old-1', 'old-7']);
  });

  it('takes users of other modes when told to', async () => {
    const { reports, done } = await run([user(2, { trading_mode: 'POOLED' }), user(3, { trading_mode: 'hybrid' })], {
      alsoModes: ['Hybrid'],
    });
    await done;
    expect(words(reports).filter((word) => word !== 'import.no_key')).toEqual(['import.mode_not_personal', 'imported']);
  });

  it('counts what the vault did not take by its codes', async () => {
    const refused: ImportedRow = { ok: false, code: 'vault.import_not_opened', message: 'no' };
    const { done } = await run([user(1), user(2), user(3)], {}, [[imported('already_imported'), refused, refused]]);
    expect(await done).toMatchObject({ alreadyImported: 1, notTaken: { 'import.no_key': 3, 'vault.import_not_opened': 2 } });
  });

  it('asks again when no answer came, because a second time changes nothing', async () => {
    const lost = new RpcError('rpc.timeout', 'no answer');
    const { calls, pauses, done } = await run([user(1)], {}, [lost, lost, [imported('already_imported')]]);
    expect(await done).toMatchObject({ alreadyImported: 1 });
    expect(calls).toHaveLength(3);
    expect(pauses).toEqual([1_000, 2_000]);
  });

  it('stops when none comes at all, and says that it can be run again', async () => {
    const lost = new RpcError('rpc.unavailable', 'nobody there');
    const { calls, done } = await run(
      [user(1)],
      {},
      Array.from({ length: 9 }, () => lost),
    );
    await expect(done).rejects.toMatchObject({
      code: 'cli.import_stopped',
      message: expect.stringContaining('run the same import again'),
    });
    expect(calls).toHaveLength(5);
  });

  it('stops at once when the vault refuses the command itself', async () => {
    const refusal = Object.assign(new Error('no key'), { code: 'vault.legacy_key_missing' });
    const { calls, done } = await run([user(1)], {}, [refusal]);
    await expect(done).rejects.toBe(refusal);
    expect(calls).toHaveLength(1);
  });
});
