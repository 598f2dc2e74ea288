import type { Account } from '@latchkey/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialIdOf } from '../../domain/credential/credential-id.js';
import { fakeExecutor, healthyKey } from '../../testing/fake-executor.js';
import { accountOf, contextOf, quiet, save, vaultFixture, verify, type VaultFixture } from '../../testing/vault-fixture.js';
import type { Vault } from '../../vault.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let fixture: VaultFixture;
let executor: ReturnType<typeof fakeExecutor>;
beforeEach(async () => {
  fixture = await vaultFixture();
  executor = fakeExecutor(fixture);
});
afterEach(() => fixture.close());

/** One round, and everything that it began. */
const verifyDue = async (vault: Vault = fixture.vault): Promise<void> => {
  const daily = vault.reverification({
    executor: executor.executor,
    isOurTurn: () => true,
    isKnown: () => true,
    perMinute: 60,
    log: quiet,
  });
  await daily.round();
  await daily.settled();
};
const trader = async (user: string): Promise<Account> => {
  const account = accountOf(user);
  await save(fixture, account);
  await verify(fixture, account, await healthyKey(account));
  return account;
};

describe('a row that is due for longest and cannot be begun', () => {
  const falsify = (account: Account, column: 'verify_at' | 'notice_at' | 'destroy_at') =>
    fixture.tamper(`update credentials set ${column} = 'epoch' where credential_id = $1`, [credentialIdOf(account)]);
  const timesOf = async (account: Account) =>
    (
      await fixture.tamper('select verify_at, notice_at, destroy_at, stream_version from credentials where credential_id = $1', [
        credentialIdOf(account),
      ])
    )[0];

  it('because its events went on makes way, and is as they say from then on', async () => {
    const [behind, account] = [await trader('behind'), await trader('alice')];
    const before = await timesOf(behind);
    fixture.clock.advance(1.2 * dayMs);
    await falsify(behind, 'verify_at');
    await fixture.tamper('update credentials set stream_version = 1 where credential_id = $1', [credentialIdOf(behind)]);
    await verifyDue();
    expect(executor.asked).toEqual([account]);
    expect(await timesOf(behind)).toEqual(before);
  });

  it('because its key is gone makes way, is not due any more, and is logged once', async () => {
    const lines: object[] = [];
    const vault = await fixture.another({ log: { ...quiet, warn: (facts: object = {}) => void lines.push(facts) } });
    const gone = await Promise.all(['a', 'b', 'c'].map((user) => trader(user)));
    const account = await trader('alice');
    for (const one of gone) {
      await fixture.vault.deleteCredential({ ...one, context: contextOf(one.userId) });
      await falsify(one, 'verify_at');
    }
    fixture.clock.advance(1.2 * dayMs);
    await verifyDue(vault);
    expect(executor.asked).toEqual([account]);
    for (const one of gone) expect(await timesOf(one)).toMatchObject({ verify_at: null });
    expect(lines).toMatchObject([{ what: 'verifying keys that are due', code: 'vault.credential_not_found' }]);
  });

  it('nor noticed, nor destroyed, is as its events say after a round, and those behind it had their turn', async () => {
    const [wrong, deleted] = [await trader('wrong'), await trader('bob')];
    await fixture.vault.deleteCredential({ ...deleted, context: contextOf('bob') });
    const before = await timesOf(wrong);
    await falsify(wrong, 'notice_at');
    await falsify(wrong, 'destroy_at');
    fixture.clock.advance(3 * minuteMs);
    await fixture.vault.noticeExpiries();
    expect(await timesOf(wrong)).toEqual(before);
    await falsify(wrong, 'destroy_at');
    await fixture.vault.destroyDueSecrets();
    expect(await timesOf(wrong)).toEqual(before);
    expect((await fixture.events(`credential-${credentialIdOf(deleted)}`)).at(-1)?.type).toBe('CredentialSecretDestroyed');
  });
});
