import type { Account } from '@latchkey/contracts';
import { isAppError } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accountOf,
  apiKeyOf,
  contextOf,
  goodKey,
  openItem,
  readItem,
  save,
  sealFor,
  sign,
  signOne,
  vaultFixture,
  verify,
  verifyItem,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

// Two vaults over one database: what the README says of things that happen at once.
let fixture: VaultFixture;
let second: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
  second = { ...fixture, vault: await fixture.another() };
});
afterAll(() => fixture.close());

let users = 0;
const newAccount = (): Account => accountOf(`user-${(users += 1)}`);
const readyAccount = async (letter = 'A'): Promise<Account> => {
  const account = newAccount();
  await save(fixture, account, letter);
  await verify(fixture, account);
  return account;
};
const vaults = (): readonly VaultFixture[] => [fixture, second];
const erase = (of: VaultFixture, account: Account) =>
  of.vault.deleteCredential({ ...account, context: contextOf(account.userId) });
const codeOf = (error: unknown): string => (isAppError(error) ? error.code : String(error));
/** What became of each: `done`, or the code that it was refused with. */
const settled = async (work: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(work)).map((one) => (one.status === 'fulfilled' ? 'done' : codeOf(one.reason)));
const answered = (answer: Awaited<ReturnType<typeof signOne>>): string => (answer?.ok === true ? 'signed' : (answer?.code ?? ''));
const historyOf = async ({ userId }: Account) =>
  (await fixture.events('credential-')).filter(({ data }) => data['userId'] === userId).map(({ type }) => type);
const secretsOf = async ({ userId }: Account): Promise<number> =>
  (await fixture.tamper('select 1 from credential_secrets join credentials using (credential_id) where user_id = $1', [userId]))
    .length;
const statusOf = async ({ userId }: Account) => (await fixture.vault.listCredentials({ userId })).credentials[0];
const waiting = (count: number) =>
  eventually(async () => {
    const sessions = await fixture.tamper(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    expect(sessions).toHaveLength(count);
  });
/** Holds something until it is let go. */
const holding = async (statement: string, values: readonly unknown[] = []) => {
  await fixture.tamper('begin');
  await fixture.tamper(statement, values);
  return () => fixture.tamper('commit');
};

describe('saves of one account at the same time', () => {
  it('follow each other: each is done or told to try again, and the last one is the key', async () => {
    const account = newAccount();
    const letters = 'ABCDEFGHIJKLMNOP'.split('');
    const saves = letters.map((letter, i) => save(vaults()[i % 2]!, account, letter));
    const outcomes = await settled(saves);
    expect(outcomes.filter((outcome) => outcome !== 'done' && outcome !== 'vault.conflict')).toEqual([]);
    const done = outcomes.filter((outcome) => outcome === 'done').length;
    expect(done).toBeGreaterThan(0);
    expect(await historyOf(account)).toEqual(Array.from({ length: done }, () => 'CredentialSaved'));
    await verify(second, account);
    const answer = await signOne(fixture, readItem(fixture, account));
    expect(answer).toMatchObject({ ok: true });
    const key = answer?.ok === true ? answer.apiKey : '';
    expect(letters.filter((_, i) => outcomes[i] === 'done').map(apiKeyOf)).toContain(key);
    expect((await statusOf(account))?.maskedKey).toBe(`${key.slice(0, 4)}...${key.slice(-4)}`);
    expect(await secretsOf(account)).toBe(1);
  });

  it('leave the sealed secret unused where they were told to try again', async () => {
    const account = newAccount();
    const context = contextOf(account.userId);
    const sealed = await Promise.all('ABCDEFGHIJKLMNOP'.split('').map((letter) => sealFor(fixture, account, letter)));
    const saving = (sealedSecret: string, i: number) =>
      vaults()[i % 2]!.vault.saveCredential({ ...account, sealedSecret, context });
    const outcomes = await settled(sealed.map(saving));
    for (const [i, outcome] of outcomes.entries()) {
      const again = await settled([saving(sealed[i]!, i)]);
      expect(again).toEqual([outcome === 'done' ? 'vault.sealed_secret_replayed' : 'done']);
    }
  });
});

describe('a save while strings are signed', () => {
  it('lets none be signed with the new key before it was verified, and none with the old one after', async () => {
    const account = await readyAccount('O');
    const signing = Array.from({ length: 40 }, (_, i) =>
      sign(vaults()[i % 2]!, [openItem(fixture, account), readItem(fixture, account)]),
    );
    const saving = save(second, account, 'N');
    const answers = (await Promise.all(signing)).flatMap(({ items }) => items);
    await saving;
    const later = await Promise.all(vaults().map((of) => signOne(of, openItem(fixture, account))));
    expect(later.map(answered)).toEqual(['vault.credential_unverified', 'vault.credential_unverified']);
    for (const answer of answers) {
      if (answer.ok) expect(answer.apiKey).toBe(apiKeyOf('O'));
      else expect(['vault.conflict', 'vault.credential_unverified']).toContain(answer.code);
    }
  });
});

describe('a deletion while strings are signed', () => {
  it('waits for a signature that is being recorded, and lets none after it', async () => {
    const account = await readyAccount();
    // The first signature has checked the state and holds it; it cannot claim its attempt yet.
    const release = await holding('lock table signed_attempts in exclusive mode');
    const before = signOne(fixture, openItem(fixture, account));
    await waiting(1);
    const deletion = erase(second, account);
    await waiting(2);
    await release();
    expect(answered(await before)).toBe('signed');
    await deletion;
    expect(answered(await signOne(fixture, openItem(fixture, account)))).toBe('vault.credential_deleted');
    expect(await historyOf(account)).toContain('CredentialDeleted');
  });

  it('ends them at once: what is asked for after its answer is refused, by every vault', async () => {
    const account = await readyAccount();
    const outcomes: { readonly outcome: string; readonly after: boolean }[] = [];
    let deleted = false;
    const asking = async (of: VaultFixture): Promise<void> => {
      for (let i = 0; i < 25; i += 1) {
        const after = deleted;
        outcomes.push({ outcome: answered(await signOne(of, openItem(fixture, account))), after });
      }
    };
    const deleting = async (): Promise<void> => {
      await eventually(() => expect(outcomes.length).toBeGreaterThan(8), { everyMs: 1 });
      await erase(second, account);
      deleted = true;
    };
    await Promise.all([asking(fixture), asking(second), asking(fixture), asking(second), deleting()]);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['signed', 'vault.credential_deleted']));
    expect(outcomes.filter(({ outcome, after }) => after && outcome === 'signed')).toEqual([]);
    // Every signature that left is on the record.
    const recorded = (await fixture.events('signatures-'))
      .flatMap(({ data }) => data['items'] as { userId: string; purpose: string; outcome: string }[])
      .filter(({ userId, purpose, outcome }) => userId === account.userId && purpose === 'open' && outcome === 'signed');
    expect(recorded).toHaveLength(outcomes.filter(({ outcome }) => outcome === 'signed').length);
  });
});

describe('a verification while the key is deleted', () => {
  it('ends before the deletion or not at all; the key is gone either way', async () => {
    const verdicts = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const account = newAccount();
      const context = contextOf(account.userId);
      await save(fixture, account, 'V');
      const { verificationId } = await fixture.vault.beginVerification({ ...account, context });
      expect(answered(await signOne(fixture, verifyItem(fixture, account, verificationId)))).toBe('signed');
      const completing = () => fixture.vault.completeVerification({ verificationId, result: goodKey, context });
      const work = round % 2 === 0 ? [completing(), erase(second, account)] : [erase(second, account), completing()];
      const outcomes = await settled(work);
      const [completed, erased] = round % 2 === 0 ? outcomes : outcomes.toReversed();
      verdicts.add(completed ?? '');
      expect(erased).toBe('done');
      expect(await statusOf(account)).toBeUndefined();
      expect(answered(await signOne(fixture, openItem(fixture, account)))).toBe('vault.credential_deleted');
      const history = await historyOf(account);
      if (completed === 'done') expect(history.indexOf('CredentialVerified')).toBeLessThan(history.indexOf('CredentialDeleted'));
      else expect(history).not.toContain('CredentialVerified');
    }
    expect([...verdicts].filter((verdict) => verdict !== 'done' && verdict !== 'vault.credential_not_found')).toEqual([]);
  });
});

describe('a deletion while a key is saved', () => {
  it('leaves the secret of the later one alone, or none', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const account = await readyAccount('D');
      const work = [() => save(fixture, account, 'E'), () => erase(second, account)];
      const outcomes = await settled((round % 2 === 0 ? work : work.toReversed()).map((one) => one()));
      expect(outcomes).toEqual(['done', 'done']);
      const last = (await historyOf(account)).at(-1) ?? '';
      ends.add(last);
      const saved = last === 'CredentialSaved';
      expect(await secretsOf(account)).toBe(saved ? 1 : 0);
      expect((await statusOf(account))?.verified).toBe(saved ? false : undefined);
      expect(answered(await signOne(fixture, readItem(fixture, account)))).toBe(
        saved ? 'vault.credential_unverified' : 'vault.credential_deleted',
      );
    }
    expect([...ends].every((end) => end === 'CredentialSaved' || end === 'CredentialSecretDestroyed')).toBe(true);
  });
});

describe("a deleted key's secret", () => {
  const due = async (): Promise<Account> => {
    const account = await readyAccount('X');
    await erase(fixture, account);
    fixture.clock.advance(120_000);
    return account;
  };

  it('is destroyed once, though both vaults see that it is due', async () => {
    const account = await due();
    expect(await settled(vaults().flatMap(({ vault }) => [vault.destroyDueSecrets(), vault.destroyDueSecrets()]))).toEqual(
      Array.from({ length: 4 }, () => 'done'),
    );
    expect((await historyOf(account)).filter((type) => type === 'CredentialSecretDestroyed')).toHaveLength(1);
    expect(await secretsOf(account)).toBe(0);
  });

  it('dies in time while its row is being re-wrapped, as a rotation does, and does not come back', async () => {
    const account = await due();
    const rewrap =
      'update credential_secrets s set key_id = s.key_id from credentials c where c.credential_id = s.credential_id and user_id = $1';
    const release = await holding(rewrap, [account.userId]);
    const destroying = second.vault.destroyDueSecrets();
    await waiting(1);
    await release();
    await destroying;
    expect(await secretsOf(account)).toBe(0);
    await fixture.tamper(rewrap, [account.userId]);
    expect(await secretsOf(account)).toBe(0);
  });

  it('dies in time while another key is saved over it: then at once', async () => {
    const account = await due();
    const outcomes = await settled([save(fixture, account, 'Y'), second.vault.destroyDueSecrets()]);
    expect(outcomes).toEqual(['done', 'done']);
    await verify(fixture, account);
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true, apiKey: apiKeyOf('Y') });
    expect(await secretsOf(account)).toBe(1);
  });
});
