import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileRows, hostileStrings, orderOf } from '../../testing/hostile-strings.js';
import {
  accountOf,
  goodBybitKey,
  save,
  sign,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
  await save(fixture, accountOf('user-1'), 'H');
  await verify(fixture, accountOf('user-1'));
  await save(fixture, accountOf('user-1', { exchange: 'bybit' }), 'H');
  await verify(fixture, accountOf('user-1', { exchange: 'bybit' }), goodBybitKey);
});
afterAll(() => fixture.close());

describe('a vault with verified keys', () => {
  it('signs none of the hostile strings, and has each refusal on the record', async () => {
    const hostile = hostileStrings(fixture.clock.now());
    const before = (await fixture.events('signatures-')).length;
    const codes: string[] = [];
    for (let from = 0; from < hostile.length; from += 256) {
      const { items } = await sign(
        fixture,
        hostile.slice(from, from + 256).map(({ item }) => item),
      );
      codes.push(...items.map((answer) => (answer.ok ? 'signed' : answer.code)));
    }
    expect(codes).toEqual(hostile.map(({ code }) => code));
    const recorded = (await fixture.events('signatures-'))
      .slice(before)
      .flatMap(({ data }) => data['items'] as { outcome: string }[]);
    expect(recorded.map(({ outcome }) => outcome)).toEqual(codes);
    const signed = codes.filter((code) => code === 'signed').length;
    process.stdout.write(`hostile strings: ${hostileRows} rows, asked ${codes.length} times, signed ${signed}\n`);
    expect(signed).toBe(0);
  });

  it.each([
    ['binance', 'spot'],
    ['bybit', 'linear'],
  ] as const)('signs the order that they were made from: %s %s', async (exchange, marketType) => {
    expect(await signOne(fixture, orderOf(exchange, marketType, fixture.clock.now()))).toMatchObject({ ok: true });
  });
});
