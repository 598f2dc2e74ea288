import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { control, trader, userOf, type User } from './support/people.js';
import { repositoryRoot, startStack, type Stack } from './support/stack.js';

type Status = {
  readonly writing: string;
  readonly keys: readonly {
    readonly keyId: string;
    readonly role: string;
    readonly rows: Record<string, number>;
    readonly retiredAt?: string;
  }[];
};

const page = readFileSync(join(repositoryRoot, 'docs/keys.md'), 'utf8');
/** One step of the page, letter by letter. */
const stepOf = (name: string): string => {
  const after = page.slice(page.indexOf(`<!-- ${name} -->`));
  const [, commands] = /```bash\n(.*?)```/s.exec(after) ?? [];
  if (commands === undefined) throw new TypeError(`docs/keys.md has no step "${name}"`);
  return commands;
};

describe('the rotation of the encryption key on a stack of npm start', () => {
  let stack: Stack;
  let user: User;
  beforeAll(async () => {
    stack = await startStack();
    user = await trader(stack, 'ada');
  });
  afterAll(() => stack?.dispose());

  const step = async (name: string): Promise<string> => {
    const script = ['set -euo pipefail', stepOf(name).replaceAll('.latchkey/', `${stack.home}/`)].join('\n');
    const env = { ...process.env, LATCHKEY_HOME: stack.home };
    return (await promisify(execFile)('bash', ['-c', script], { cwd: repositoryRoot, env })).stdout;
  };
  const status = async (): Promise<Status> => JSON.parse((await stack.cli('keys', 'status', '--json')).stdout) as Status;
  /** Asks the venue with the key that was saved at the very beginning. */
  const verify = async (): Promise<number> =>
    (await userOf(stack, user.id, user.token).api('POST', '/api/user-api-keys/binance/verify')).status;
  /** The stack, stopped and started; simulated venues begin anew, so the account is put back. */
  const restart = async (): Promise<void> => {
    const { home } = stack;
    await stack.stop();
    stack = await startStack({}, home);
    const { apiKey, apiSecret } = user;
    await control(stack, 'POST', '/accounts', { exchange: 'binance', apiKey, apiSecret });
  };
  const recorded = async (): Promise<readonly string[]> => {
    const client = new Client({ connectionString: stack.description().postgres.databases['audit'] as string });
    await client.connect();
    try {
      const { rows } = await client.query<{ type: string }>(
        `select type from audit_entries where type like 'EncryptionKey%' order by seq`,
      );
      return rows.map(({ type }) => type);
    } finally {
      await client.end();
    }
  };

  it('goes as docs/keys.md says, step by step, and a key that was saved before works after each', async () => {
    const { writing: former } = await status();
    await step('make');
    await restart();
    expect((await status()).keys.filter(({ role }) => role !== 'absent').map(({ role }) => role)).toEqual(['writing', 'reading']);
    expect(await verify()).toBe(200);

    await step('promote');
    await eventually(async () => expect((await status()).writing).not.toBe(former), { timeoutMs: 30_000 });
    const { writing: next } = await status();
    expect(await verify()).toBe(200);

    const rotated = await step('rotate');
    expect(rotated).toContain(`everything is under ${next}`);
    expect((await status()).keys.find(({ keyId }) => keyId === former)?.rows).toEqual({});
    expect((await stack.cli('keys', 'retire', next)).stderr).toContain('vault.encryption_key_in_use');

    const retired = await step('retire');
    expect(retired).toContain(`${former} is retired`);
    expect(retired).toContain('then destroy it, with all copies');

    await step('remove');
    await eventually(
      async () => expect((await status()).keys.find(({ keyId }) => keyId === former)).toMatchObject({ role: 'absent' }),
      { timeoutMs: 30_000 },
    );
    expect((await status()).keys.find(({ keyId }) => keyId === former)?.retiredAt).toMatch(/^2\d{3}-/);
    expect(await verify()).toBe(200);
    expect(JSON.stringify(await status())).not.toContain(
      readFileSync(join(stack.home, 'keys/encryption-keyring'), 'utf8').slice(8, 40),
    );

    await restart();
    expect((await status()).writing).toBe(next);
    expect(await verify()).toBe(200);
    await eventually(async () =>
      expect(await recorded()).toEqual([
        'EncryptionKeyRotationStarted',
        'EncryptionKeyRotationCompleted',
        'EncryptionKeyRetired',
      ]),
    );
  });
});
