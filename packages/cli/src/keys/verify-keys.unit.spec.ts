import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allOf } from '../testing/all-of.js';
import { importedKeys } from './imported-keys.js';
import { verifyKeys } from './verify-keys.js';

let server: Server;
let gateway: string;
const asked: string[] = [];
const answers: { status: number; body: unknown }[] = [];
const folder = mkdtempSync(join(tmpdir(), 'latchkey-report-'));

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const { status, body } = answers.shift() ?? { status: 200, body: { success: true } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const report = (lines: readonly unknown[]): string => {
  const path = join(folder, 'report.jsonl');
  writeFileSync(path, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  return path;
};

describe('the keys of an import', () => {
  it('are verified one after the other, each as its user; whoever is refused is named with the code', async () => {
    const pauses: number[] = [];
    answers.push(
      { status: 200, body: { success: true, warnings: ['no_ip_binding'] } },
      { status: 429, body: { error: { code: 'rate.limited', details: { retryAfterSeconds: 7 } } } },
      { status: 422, body: { error: { code: 'vault.key_can_withdraw', message: 'switch withdrawals off' } } },
    );
    const path = report([
      { ok: true, userId: 'old-1', exchange: 'bybit', outcome: 'imported' },
      { ok: false, userId: 'old-2', exchange: 'bybit', code: 'vault.import_not_opened' },
      { ok: false, exchange: 'binance', code: 'import.no_key' },
      { ok: true, userId: 'old-3', exchange: 'binance', outcome: 'already_imported' },
    ]);
    const verified = verifyKeys(importedKeys(path), {
      gateway,
      environment: 'live',
      tokenOf: async (userId) => `token-of-${userId}`,
      pause: async (ms) => void pauses.push(ms),
    });
    expect(await allOf(verified)).toEqual([
      { userId: 'old-1', exchange: 'bybit', ok: true, warnings: ['no_ip_binding'] },
      { userId: 'old-3', exchange: 'binance', ok: false, code: 'vault.key_can_withdraw', message: 'switch withdrawals off' },
    ]);
    expect(asked).toEqual([
      'POST /api/user-api-keys/bybit/verify?environment=live Bearer token-of-old-1',
      'POST /api/user-api-keys/binance/verify?environment=live Bearer token-of-old-3',
      'POST /api/user-api-keys/binance/verify?environment=live Bearer token-of-old-3',
    ]);
    expect(pauses).toEqual([7_000]);
  });

  it.each([['no JSON'], [{ something: 'else' }]])('are not read from another file: %j', async (line) => {
    await expect(allOf(importedKeys(report([line])))).rejects.toMatchObject({ code: 'cli.source_unreadable' });
  });
});
