import type { Envelope } from '@latchkey/contracts';
import { withTransaction } from '@latchkey/event-store';
import { sealSecret } from '@latchkey/sealing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  accountOf,
  apiKeyOf,
  apiSecretOf,
  contextOf,
  save,
  vaultFixture,
  type VaultFixture,
} from '../../testing/vault-fixture.js';
import type { Vault } from '../../vault.js';

const [hour, day] = [3_600_000, 86_400_000];
const code = (value: string) => expect.objectContaining({ code: value });

let fixture: VaultFixture;
beforeEach(async () => {
  fixture = await vaultFixture();
});
afterEach(() => fixture.close());

type Jwk = Awaited<ReturnType<Vault['sealingKey']>>['jwk'];
/** Saves a key that was sealed a moment ago to a key that was fetched whenever. */
const saveSealedTo = async (recipient: Jwk, vault = fixture.vault) => {
  const { userId, exchange, environment } = accountOf('user-1');
  const header = { sub: userId, exchange, environment, apiKey: apiKeyOf('K') };
  const sealedSecret = await sealSecret({ recipient, header, secret: Buffer.from(apiSecretOf('K')), clock: fixture.clock });
  return vault.saveCredential({ userId, exchange, environment, sealedSecret, context: contextOf(userId) });
};
const current = async (vault = fixture.vault) => (await vault.sealingKey()).jwk;
const events = async () => (await fixture.events('sealing-key-')).map(({ type, data }) => [type, data['kid']]);
const privateHalves = async () =>
  (await fixture.tamper('select kid from sealing_keys order by created_at')).map((row) => row['kid']);

describe('the sealing key', () => {
  it('is handed out for a week, and then another one is', async () => {
    const first = await current();
    fixture.clock.advance(7 * day - 1);
    await fixture.vault.turnSealingKeys();
    expect(await current()).toEqual(first);
    fixture.clock.advance(1);
    await fixture.vault.turnSealingKeys();
    const second = await current();
    expect(second.kid).not.toBe(first.kid);
    expect(await events()).toEqual([
      ['SealingKeyCreated', first.kid],
      ['SealingKeyCreated', second.kid],
    ]);
  });

  it('opens for a day after it was replaced, and not a moment longer, whether or not it was destroyed already', async () => {
    const first = await current();
    fixture.clock.advance(7 * day);
    await fixture.vault.turnSealingKeys();
    const second = await current();
    fixture.clock.advance(day - 1);
    await fixture.vault.turnSealingKeys();
    await saveSealedTo(first);
    fixture.clock.advance(1);
    expect(await privateHalves()).toEqual([first.kid, second.kid]);
    await expect(saveSealedTo(first)).rejects.toMatchObject({
      code: 'vault.sealed_secret_invalid',
      message: expect.stringContaining('fetch the sealing key again'),
    });
    await fixture.vault.turnSealingKeys();
    expect(await privateHalves()).toEqual([second.kid]);
    await expect(saveSealedTo(first)).rejects.toThrow(code('vault.sealed_secret_invalid'));
    await saveSealedTo(second);
    expect((await events()).at(-1)).toEqual(['SealingKeyDestroyed', first.kid]);
  });

  it('turns once, whichever and however many vaults come round to it', async () => {
    const vaults = [fixture.vault, await fixture.another(), await fixture.another()];
    for (let week = 0; week < 3; week += 1) {
      fixture.clock.advance(7 * day);
      await Promise.all(vaults.map((vault) => vault.turnSealingKeys()));
      fixture.clock.advance(day);
      await Promise.all(vaults.map((vault) => vault.turnSealingKeys()));
      fixture.clock.advance(-day);
      expect(new Set((await Promise.all(vaults.map((vault) => current(vault)))).map(({ kid }) => kid)).size).toBe(1);
    }
    const types = (await events()).map(([type]) => type);
    expect(types.filter((type) => type === 'SealingKeyCreated')).toHaveLength(4);
    expect(types.filter((type) => type === 'SealingKeyDestroyed')).toHaveLength(3);
    expect(await privateHalves()).toHaveLength(1);
  });

  it('is turned by the start of a vault that was away, before anything is served', async () => {
    const first = await current();
    fixture.clock.advance(30 * day);
    const back = await fixture.another();
    expect((await current(back)).kid).not.toBe(first.kid);
    // Nobody could have fetched another one meanwhile: the day begins when there is one.
    fixture.clock.advance(23 * hour);
    await saveSealedTo(first, back);
    fixture.clock.advance(hour);
    await back.turnSealingKeys();
    expect(await privateHalves()).toEqual([(await current(back)).kid]);
  });

  it('is destroyed again in a restored database, from the events that it gets back', async () => {
    const first = await current();
    const [row] = await fixture.tamper('select * from sealing_keys');
    fixture.clock.advance(7 * day);
    await fixture.vault.turnSealingKeys();
    fixture.clock.advance(day);
    await fixture.vault.turnSealingKeys();
    await fixture.tamper(
      'insert into sealing_keys (kid, public_jwk, key_id, private_key, created_at) values ($1, $2, $3, $4, $5)',
      [row?.['kid'], JSON.stringify(row?.['public_jwk']), row?.['key_id'], row?.['private_key'], row?.['created_at']],
    );
    const recorded = (await fixture.tamper(
      `select type, v as eventversion, data, stream_id as streamid from events where type = 'SealingKeyDestroyed'`,
    )) as unknown as readonly Envelope[];
    await withTransaction(fixture.pool, (tx) => fixture.vault.onImported(tx, recorded));
    expect(await privateHalves()).not.toContain(first.kid);
  });

  it('is another one for what is stored already: nothing of a saved key depends on it', async () => {
    await save(fixture, accountOf('user-1'));
    fixture.clock.advance(7 * day);
    await fixture.vault.turnSealingKeys();
    fixture.clock.advance(day);
    await fixture.vault.turnSealingKeys();
    expect((await fixture.vault.listCredentials({ userId: accountOf('user-1').userId })).credentials).toHaveLength(1);
    expect((await fixture.vault.listKeys()).sealingKeys).toMatchObject([{ ageSeconds: 86_400 }]);
  });
});
