import type { Account, Envelope } from '@latchkey/contracts';
import { createEventStore, withTransaction } from '@latchkey/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VaultStore } from '../../adapters/postgres/credential-rows.js';
import { credentialIdOf } from '../../domain/credential/credential-id.js';
import type { CredentialEvent } from '../../domain/credential/credential.js';
import {
  accountOf,
  contextOf,
  openItem,
  readItem,
  save,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
});
afterAll(() => fixture.close());

const store: VaultStore = createEventStore({ service: 'key-vault' });

/** A fact that this database has lost comes back as the relay puts it there: behind whatever its stream holds by now. */
const comesBack = (account: Account, ...events: readonly CredentialEvent[]): Promise<void> =>
  withTransaction(fixture.pool, async (tx) => {
    const streamid = `credential-${credentialIdOf(account)}`;
    const { version } = await store.load(tx, streamid);
    await store.append(tx, [{ streamId: streamid, expectedVersion: version, events, metadata: contextOf(account.userId) }]);
    await fixture.vault.onImported(tx, events.map(({ type }) => ({ streamid, type })) as unknown as readonly Envelope[]);
  });

const secretsOf = async (account: Account): Promise<number> =>
  (await fixture.tamper('select from credential_secrets where credential_id = $1', [credentialIdOf(account)])).length;

describe('facts that come back behind newer ones', () => {
  it('make no new key verified that nobody asked the venue about', async () => {
    const account = accountOf('user-1');
    await save(fixture, account, 'A');
    await verify(fixture, account);
    const verified = (await fixture.events(`credential-${credentialIdOf(account)}`)).at(-1) as unknown as CredentialEvent;
    await save(fixture, account, 'B');
    await comesBack(account, { ...verified, v: 1 });
    expect((await fixture.vault.listCredentials({ userId: account.userId })).credentials).toMatchObject([{ verified: false }]);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_unverified' });
  });

  it('keep no secret of a key that was deleted meanwhile, and sign nothing with it', async () => {
    const account = accountOf('user-2');
    await save(fixture, account, 'A');
    await verify(fixture, account);
    await fixture.vault.deleteCredential({ ...account, context: contextOf(account.userId) });
    expect(await secretsOf(account)).toBe(1);
    const [saved] = (await fixture.events(`credential-${credentialIdOf(account)}`)) as unknown as readonly CredentialEvent[];
    await comesBack(account, { ...saved!, v: 1 });
    expect(await secretsOf(account)).toBe(0);
    expect(await signOne(fixture, readItem(fixture, account))).toMatchObject({ ok: false });
  });
});
