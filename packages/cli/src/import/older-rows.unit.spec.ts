import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { allOf } from '../testing/all-of.js';
import { columnNames, olderColumns } from './older-columns.js';
import { keysOfRow } from './older-rows.js';
import { readFileRows } from './read-file.js';
import { userIds } from './user-ids.js';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const file = (content: string, ending: string): string => {
  const path = join(folder, `${(files += 1)}.${ending}`);
  writeFileSync(path, content);
  return path;
};

const guide = olderColumns({ userColumn: 'id', modeColumn: 'trading_mode' });
const row = {
  id: 17,
  trading_mode: 'personal',
  binance_api_key: null,
  binance_api_secret_encrypted: null,
  bybit_api_key: ' abc ',
  bybit_api_secret_encrypted: 'iv:text:tag\n',
};

describe("the guide's columns", () => {
  it('are read, and no others', () => {
    expect(columnNames(guide)).toEqual([
      'id',
      'trading_mode',
      'binance_api_key',
      'binance_api_secret_encrypted',
      'bybit_api_key',
      'bybit_api_secret_encrypted',
    ]);
  });

  it('hold a key for each exchange', () => {
    const common = { row: 3, olderUser: '17', mode: 'PERSONAL' };
    expect(keysOfRow(row, guide, 3)).toEqual([
      { ...common, exchange: 'binance', apiKey: '', secretEncrypted: '' },
      { ...common, exchange: 'bybit', apiKey: 'abc', secretEncrypted: 'iv:text:tag' },
    ]);
  });

  it('may have other names', () => {
    const renamed = olderColumns({
      userColumn: 'uid',
      modeColumn: false,
      keyColumn: 'k_{exchange}',
      secretColumn: 's_{exchange}',
    });
    expect(columnNames(renamed)).toEqual(['uid', 'k_binance', 's_binance', 'k_bybit', 's_bybit']);
    expect(() => olderColumns({ userColumn: 'uid', modeColumn: false, keyColumn: 'api_key' })).toThrow(/\{exchange\}/);
  });

  it('are asked for by name when they are not there', () => {
    const { bybit_api_key: _gone, ...without } = row;
    expect(() => keysOfRow(without, guide, 3)).toThrow(/row 3 has no column "bybit_api_key"/);
  });
});

describe('one key a row', () => {
  const columns = olderColumns({ userColumn: 'user_id', modeColumn: false, exchangeColumn: 'exchange' });

  it('is another layout, with the exchange in a column', () => {
    expect(columnNames(columns)).toEqual(['user_id', 'exchange', 'api_key', 'api_secret']);
    const source = { user_id: 'u', exchange: ' BYBIT ', api_key: 'abc', api_secret: 'text' };
    expect(keysOfRow(source, columns, 1)).toEqual([
      { row: 1, olderUser: 'u', mode: '', exchange: 'bybit', apiKey: 'abc', secretEncrypted: 'text' },
    ]);
  });

  it.each([
    ['jsonb', { iv: 'a', tag: 'b', content: 'c' }, '{"iv":"a","tag":"b","content":"c"}'],
    ['bytea', Buffer.from([0, 255]), '\\x00ff'],
    ['null', null, ''],
  ])('may have its ciphertext as %s', (_type, value, text) => {
    const source = { user_id: 1n, exchange: 'bybit', api_key: 'abc', api_secret: value };
    expect(keysOfRow(source, columns, 1)[0]).toMatchObject({ olderUser: '1', secretEncrypted: text });
  });
});

describe('an exported file', () => {
  const all = (path: string) => allOf(readFileRows(path));

  it('is CSV with a header', async () => {
    expect(await all(file('id,json\n1,"{""iv"":1}"\n2,\n', 'csv'))).toEqual([
      { id: '1', json: '{"iv":1}' },
      { id: '2', json: '' },
    ]);
  });

  it('is an object a line', async () => {
    expect(await all(file('{"id":1}\n\n{"id":2}\n', 'jsonl'))).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it.each([
    ['a row that is too short', 'id,key\n1\n', 'csv'],
    ['a line that is no object', '{"id":1}\n[secret]\n', 'jsonl'],
  ])('is refused with %s, and not quoted', async (_what, content, ending) => {
    const refused = all(file(content, ending));
    await expect(refused).rejects.toMatchObject({
      code: 'cli.source_unreadable',
      message: expect.not.stringContaining('secret'),
    });
  });

  it('is refused when it is not there, or of another kind', async () => {
    await expect(all(join(folder, 'nothing.csv'))).rejects.toMatchObject({ code: 'cli.source_unreadable' });
    await expect(all(join(folder, 'nothing.jsonl'))).rejects.toMatchObject({ code: 'cli.source_unreadable' });
    expect(() => readFileRows('users.xlsx')).toThrow(/neither .csv/);
  });
});

describe('the ids of users', () => {
  it('stay, get a prefix, or are mapped', async () => {
    expect((await userIds({}))('17')).toBe('17');
    expect((await userIds({ prefix: 'old-' }))('17')).toBe('old-17');
    const mapped = await userIds({ mapFile: file('17,auth0|abc\n18,auth0|def\n', 'csv') });
    expect([mapped('17'), mapped('18'), mapped('19')]).toEqual(['auth0|abc', 'auth0|def', undefined]);
  });

  it.each([
    ['one older id twice', '17,a\n17,b\n'],
    ['two older ids in one account', '17,a\n18,a\n'],
    ['half a line', '17\n'],
  ])('are refused as a map of %s', async (_what, content) => {
    await expect(userIds({ mapFile: file(content, 'csv') })).rejects.toMatchObject({ code: 'cli.source_unreadable' });
  });

  it('have a prefix or a map, not both', async () => {
    await expect(userIds({ mapFile: join(folder, 'nothing.csv') })).rejects.toMatchObject({ code: 'cli.source_unreadable' });
    await expect(userIds({ prefix: 'a', mapFile: 'b' })).rejects.toMatchObject({ code: 'cli.bad_option' });
  });
});
