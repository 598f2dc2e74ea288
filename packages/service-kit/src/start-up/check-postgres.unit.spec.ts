import { describe, expect, it } from 'vitest';
import { checkPostgres } from './check-postgres.js';

const answering = (row: object) => ({ query: () => Promise.resolve({ rows: [row] }) }) as never;

describe('the check of Postgres at start', () => {
  it('passes what survives a crash', async () => {
    await expect(checkPostgres(answering({ synchronousCommit: 'on', fsync: 'on' }))).resolves.toBeUndefined();
    await expect(checkPostgres(answering({ synchronousCommit: 'remote_apply', fsync: 'on' }))).resolves.toBeUndefined();
  });

  it.each([
    [{ synchronousCommit: 'off', fsync: 'on' }, 'synchronous_commit is "off"'],
    [{ synchronousCommit: 'local', fsync: 'on' }, 'synchronous_commit is "local"'],
    [{ synchronousCommit: 'on', fsync: 'off' }, 'fsync is "off"'],
  ])('refuses %j', async (settings, said) => {
    await expect(checkPostgres(answering(settings))).rejects.toMatchObject({
      code: 'service.database_settings',
      message: expect.stringContaining(said) as unknown,
    });
  });

  it('says that nothing answers, without the address that holds the password', async () => {
    const url = 'postgres://gateway:canary@127.0.0.1:1/gateway';
    const away = {
      query: () => Promise.reject(Object.assign(new TypeError('connect ECONNREFUSED'), { code: 'ECONNREFUSED', url })),
    } as never;
    const error: unknown = await checkPostgres(away).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'service.database_unreachable' });
    expect((error as Error).message).toContain('(ECONNREFUSED)');
    expect((error as Error).message).not.toContain('canary');
  });
});
