import type { Account, CredentialStatus, ExchangeName, VerificationResult } from '@latchkey/contracts';
import { createLease } from '@latchkey/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialIdOf } from '../../domain/credential/credential-id.js';
import { fakeExecutor, healthyKey } from '../../testing/fake-executor.js';
import {
  accountOf,
  contextOf,
  goodKey,
  openItem,
  quiet,
  save,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';
import type { Vault } from '../../vault.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const away: VerificationResult = { outcome: 'unavailable', code: 'venue.unavailable', message: 'HTTP 503' };
const refused = (code: string): VerificationResult => ({ outcome: 'refused', code, message: 'no' });

let fixture: VaultFixture;
let executor: ReturnType<typeof fakeExecutor>;
beforeEach(async () => {
  fixture = await vaultFixture();
  executor = fakeExecutor(fixture);
});
afterEach(() => fixture.close());

const alone = { isOurTurn: () => true, isKnown: () => true, perMinute: 60, log: quiet };
const reverification = (vault: Vault = fixture.vault, options: Partial<typeof alone> = {}) =>
  vault.reverification({ executor: executor.executor, ...alone, ...options });

/** One round, and everything that it began. */
const step = async (daily: ReturnType<typeof reverification>): Promise<void> => {
  await daily.round();
  await daily.settled();
};
/** Rounds every so often, for so long, by the clock that stands still otherwise. */
const run = async (daily: ReturnType<typeof reverification>, forMs: number, everyMs: number): Promise<void> => {
  for (let passed = 0; passed < forMs; passed += everyMs) {
    fixture.clock.advance(everyMs);
    await step(daily);
  }
};
const statusOf = async (account: Account): Promise<CredentialStatus | undefined> =>
  (await fixture.vault.listCredentials({ userId: account.userId })).credentials.find(
    ({ exchange, environment }) => exchange === account.exchange && environment === account.environment,
  );
const eventsOf = async (account: Account): Promise<readonly string[]> =>
  (await fixture.events(`credential-${credentialIdOf(account)}`)).map(({ type }) => type.replace('Credential', ''));
const trader = async (user: string, exchange: ExchangeName = 'binance'): Promise<Account> => {
  const account = accountOf(user, { exchange });
  await save(fixture, account);
  await verify(fixture, account, await healthyKey(account));
  return account;
};

describe('a key in use', () => {
  it.each(['binance', 'bybit'] as const)('at %s is verified again about once a day', async (exchange) => {
    const account = await trader('alice', exchange);
    const daily = reverification();
    await run(daily, 0.89 * dayMs, hourMs / 2);
    expect(executor.asked).toEqual([]);
    await run(daily, 9.11 * dayMs, hourMs / 2);
    expect(executor.asked.length).toBeGreaterThanOrEqual(9);
    expect(executor.asked.length).toBeLessThanOrEqual(11);
    const status = await statusOf(account);
    expect(status).toMatchObject({ enabled: true, verified: true });
    expect(Date.parse(status?.verifiedAt ?? '')).toBeGreaterThan(fixture.clock.now() - 1.2 * dayMs);
  });

  it('that nobody ever verified is left alone, and so is one that is switched off', async () => {
    await save(fixture, accountOf('new'));
    const account = await trader('refused');
    await verify(fixture, account, refused('venue.key_refused'));
    await run(reverification(), 3 * dayMs, hourMs);
    expect(executor.asked).toEqual([]);
  });

  it('is on record as verified by schedule, with what the venue told', async () => {
    const account = await trader('alice');
    executor.venue(() => ({ ...goodKey, ipRestricted: false }));
    await run(reverification(), 1.2 * dayMs, hourMs);
    const { entries } = await fixture.vault.credentialHistory({ ...account, limit: 10 });
    expect(entries).toMatchObject([
      { type: 'verified', by: 'schedule', report: { ipRestricted: false }, warnings: [{ code: 'no_ip_restriction' }] },
      { type: 'verified', by: 'user', report: { ipRestricted: true } },
      { type: 'saved', by: 'user' },
    ]);
  });

  it('is not started on more often than the bound allows, and all have their turn', async () => {
    for (let i = 0; i < 12; i += 1) await trader(`user-${i}`);
    await trader('elsewhere', 'bybit');
    fixture.clock.advance(1.1 * dayMs);
    const daily = reverification(fixture.vault, { perMinute: 6 });
    await run(daily, minuteMs, 1_000);
    const at = (exchange: ExchangeName) => executor.asked.filter((one) => one.exchange === exchange);
    expect([at('binance').length, at('bybit').length]).toEqual([6, 1]);
    await run(daily, minuteMs, 1_000);
    expect(new Set(at('binance').map(({ userId }) => userId)).size).toBe(12);
  });
});

describe('a key that the venue refuses meanwhile', () => {
  it.each<[string, VerificationResult, string]>([
    ['revoked', refused('venue.key_unknown'), 'vault.key_revoked'],
    ['expired', refused('venue.key_expired'), 'vault.key_expired'],
    ['not for our address any more', refused('venue.address_not_allowed'), 'vault.key_address_refused'],
    ['given the right to withdraw', { ...goodKey, granted: ['enableWithdrawals'] }, 'vault.key_can_withdraw'],
    ['given a right that nobody knows', { ...goodKey, granted: ['enableTeleportation'] }, 'vault.key_has_unknown_right'],
    [
      'no longer allowed to trade',
      { ...goodKey, permissions: { canRead: true, canTrade: false, canWithdraw: false } },
      'vault.key_cannot_trade',
    ],
  ])('because it was %s, is switched off and says why', async (_what, answer, code) => {
    const account = await trader('alice');
    executor.venue(() => answer);
    const daily = reverification();
    await run(daily, 1.2 * dayMs, hourMs);
    expect(await statusOf(account)).toMatchObject({ enabled: false, verified: false, reason: code });
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: false, code: 'vault.credential_disabled' });
    expect((await eventsOf(account)).at(-1)).toBe('VerificationFailed');
    executor.venue(healthyKey);
    const asked = executor.asked.length;
    await run(daily, 3 * dayMs, hourMs);
    expect(executor.asked).toHaveLength(asked);
  });

  it('is verified right after the end that the venue named', async () => {
    const account = accountOf('alice', { exchange: 'bybit' });
    await save(fixture, account);
    const expiresAt = new Date(fixture.clock.now() + 3 * hourMs).toISOString();
    await verify(fixture, account, { ...(await healthyKey(account)), expiresAt } as VerificationResult);
    executor.venue(() => refused('venue.key_expired'));
    await run(reverification(), 3 * hourMs, minuteMs);
    expect(await statusOf(account)).toMatchObject({ enabled: true });
    await run(reverification(), 2 * minuteMs, minuteMs);
    expect(await statusOf(account)).toMatchObject({ enabled: false, reason: 'vault.key_expired' });
  });
});

describe('a venue that is away for a day', () => {
  it('is asked less and less often, switches nothing off, and is believed when it is back', async () => {
    const account = await trader('alice');
    executor.venue(() => away);
    const daily = reverification();
    await run(daily, 2.2 * dayMs, 5 * minuteMs);
    const tries = executor.asked.length;
    expect(tries).toBeGreaterThanOrEqual(8);
    expect(tries).toBeLessThanOrEqual(16);
    expect(await statusOf(account)).toMatchObject({ enabled: true, verified: true, reason: 'vault.venue_unavailable' });
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ ok: true });
    executor.venue(healthyKey);
    await run(daily, 8 * hourMs, 5 * minuteMs);
    expect(await statusOf(account)).not.toHaveProperty('reason');
    expect((await eventsOf(account)).at(-1)).toBe('Verified');
  });

  it('does not keep a key from its first verification, which its owner asked for', async () => {
    const account = accountOf('alice');
    await save(fixture, account);
    await verify(fixture, account, away);
    expect(await statusOf(account)).toMatchObject({ verified: false });
    await run(reverification(), 10 * minuteMs, minuteMs);
    expect(await statusOf(account)).toMatchObject({ verified: true });
  });
});

describe('an executor that is away', () => {
  it('costs no event and no pause: keys stay due, and are verified when it is back', async () => {
    const account = await trader('alice');
    const before = await eventsOf(account);
    executor.setThere(false);
    const daily = reverification();
    await run(daily, 2 * dayMs, hourMs);
    expect(await eventsOf(account)).toEqual(before);
    expect(await statusOf(account)).toMatchObject({ enabled: true });
    expect(await fixture.vault.verificationQueue.counts(fixture.clock.now())).toEqual([
      { exchange: 'binance', due: 1, overdue: 1 },
    ]);
    executor.setThere(true);
    await run(daily, 2_000, 1_000);
    expect(await eventsOf(account)).toEqual([...before, 'VerificationStarted', 'Verified']);
    expect(await fixture.vault.verificationQueue.counts(fixture.clock.now())).toEqual([]);
  });

  it('and ends in the middle leaves a verification that is tried again', async () => {
    const account = await trader('alice');
    executor.setCrashing(true);
    const daily = reverification();
    await run(daily, 1.2 * dayMs, hourMs);
    expect((await eventsOf(account)).at(-1)).toBe('VerificationStarted');
    expect(await statusOf(account)).toMatchObject({ enabled: true, verified: true });
    executor.setCrashing(false);
    await run(daily, 7 * hourMs, 10 * minuteMs);
    expect((await eventsOf(account)).at(-1)).toBe('Verified');
  });
});

describe('vaults', () => {
  it('that start again find every due time where it was', async () => {
    const account = await trader('alice');
    const due = (await statusOf(account))?.nextVerificationAt;
    const restarted = await fixture.another();
    expect((await restarted.listCredentials({ userId: account.userId })).credentials[0]?.nextVerificationAt).toBe(due);
    fixture.clock.set(Date.parse(due ?? ''));
    await step(reverification(restarted));
    expect(executor.asked).toHaveLength(1);
  });

  it('that are killed after they began have left a trace: the key is due again after a while, not at once', async () => {
    const account = await trader('alice');
    fixture.clock.advance(1.2 * dayMs);
    executor.venue(() => new Promise<never>(() => undefined));
    await reverification().round();
    await expect.poll(() => eventsOf(account)).toContain('VerificationStarted');
    await expect.poll(async () => (await eventsOf(account)).at(-1)).toBe('VerificationStarted');
    executor.venue(healthyKey);
    const restarted = reverification(await fixture.another());
    await step(restarted);
    expect((await eventsOf(account)).at(-1)).toBe('VerificationStarted');
    await run(restarted, 3 * minuteMs, 10_000);
    expect((await eventsOf(account)).at(-1)).toBe('Verified');
  });

  it('of which both believe to be the one that asks begin a verification once', async () => {
    const accounts = await Promise.all(Array.from({ length: 5 }, (_, i) => trader(`user-${i}`)));
    fixture.clock.advance(1.2 * dayMs);
    const both = [reverification(), reverification(await fixture.another())];
    for (let i = 0; i < 12; i += 1) {
      await Promise.all(both.map(step));
      fixture.clock.advance(1_000);
    }
    for (const account of accounts) {
      const began = (await eventsOf(account)).filter((type) => type === 'VerificationStarted');
      expect(began).toHaveLength(2); // its owner's, and this one
    }
  });

  it('take turns by a lease: the other one asks when the first has gone', async () => {
    await trader('alice');
    fixture.clock.advance(1.2 * dayMs);
    const lease = (holder: string) =>
      createLease({ pool: fixture.pool, name: 'verifications', holder, ttlMs: hourMs, log: quiet });
    const [first, second] = [lease('first'), lease('second')];
    await first.refresh();
    await second.refresh();
    const waiting = reverification(await fixture.another(), { isOurTurn: () => second.held() !== undefined });
    await step(waiting);
    expect(executor.asked).toEqual([]);
    await first.stop();
    await second.refresh();
    await step(waiting);
    expect(executor.asked).toHaveLength(1);
    await second.stop();
  });

  it('of a version that knew no schedule left rows without a time: they get one at the start', async () => {
    const account = await trader('alice');
    await fixture.tamper('update credentials set verify_at = null, notice_at = null');
    await fixture.another();
    expect(await fixture.tamper('select verify_at from credentials where verify_at is null')).toEqual([]);
    fixture.clock.advance(1.2 * dayMs);
    await step(reverification());
    expect(executor.asked).toEqual([account]);
  });
});

describe('a key that changes while it is verified', () => {
  /** A venue that answers only when it is told to. */
  const heldBack = () => {
    let release: (result: VerificationResult) => void = () => undefined;
    executor.venue(() => new Promise((resolve) => (release = resolve)));
    return (result: VerificationResult) => release(result);
  };
  const underWay = async (account: Account) => {
    fixture.clock.advance(1.2 * dayMs);
    const daily = reverification();
    await daily.round();
    await expect.poll(() => executor.asked.length).toBe(1);
    expect((await eventsOf(account)).at(-1)).toBe('VerificationStarted');
    return daily;
  };

  it.each<[string, VerificationResult]>([
    ['good', goodKey],
    ['bad', refused('venue.key_unknown')],
  ])('and is replaced takes no answer about the old one, %s as it may be', async (_what, answer) => {
    const account = await trader('alice');
    const release = heldBack();
    const daily = await underWay(account);
    await save(fixture, account, 'B');
    release(answer);
    await daily.settled();
    expect((await eventsOf(account)).at(-1)).toBe('Saved');
    expect(await statusOf(account)).toMatchObject({ enabled: true, verified: false });
    expect(await signOne(fixture, openItem(fixture, account))).toMatchObject({ code: 'vault.credential_unverified' });
  });

  it('and is deleted stays deleted', async () => {
    const account = await trader('alice');
    const release = heldBack();
    const daily = await underWay(account);
    await fixture.vault.deleteCredential({ ...account, context: contextOf('alice') });
    release(goodKey);
    await daily.settled();
    expect((await eventsOf(account)).at(-1)).toBe('Deleted');
    expect(await statusOf(account)).toBeUndefined();
    fixture.clock.advance(130_000);
    await fixture.vault.destroyDueSecrets();
    await run(daily, 3 * dayMs, hourMs);
    expect((await eventsOf(account)).at(-1)).toBe('SecretDestroyed');
    expect(executor.asked).toHaveLength(1);
  });

  it('and is verified by its owner at the same time ends as the last answer says', async () => {
    const account = await trader('alice');
    const release = heldBack();
    const daily = await underWay(account);
    await verify(fixture, account, { ...goodKey, ipRestricted: false });
    release(goodKey);
    await daily.settled();
    expect((await eventsOf(account)).slice(-2)).toEqual(['Verified', 'Verified']);
    expect(await statusOf(account)).toMatchObject({ verified: true, report: { ipRestricted: true } });
  });
});

describe('the end of a key', () => {
  const ending = async (days: number): Promise<Account> => {
    const account = accountOf('alice', { exchange: 'bybit' });
    await save(fixture, account);
    const expiresAt = new Date(fixture.clock.now() + days * dayMs).toISOString();
    await verify(fixture, account, { ...(await healthyKey(account)), expiresAt } as VerificationResult);
    return account;
  };
  const noticesOf = async (account: Account) =>
    (await fixture.events(`credential-${credentialIdOf(account)}`))
      .filter(({ type }) => type === 'CredentialExpiryNoticed')
      .map(({ data }) => data['thresholdDays']);

  it('is noticed 14, 7 and 1 days ahead, once each, by however many vaults, and after restarts', async () => {
    const account = await ending(20);
    for (let day = 0; day < 22; day += 1) {
      const vaults = [fixture.vault, await fixture.another()];
      await Promise.all(vaults.map((vault) => vault.noticeExpiries()));
      fixture.clock.advance(dayMs);
    }
    expect(await noticesOf(account)).toEqual([14, 7, 1]);
  });

  it('is shown to its owner with the days that are left', async () => {
    const account = await ending(10.5);
    expect(await statusOf(account)).toMatchObject({ daysLeft: 10, warnings: [{ code: 'expires_soon' }] });
    fixture.clock.advance(8 * dayMs);
    const status = await statusOf(account);
    expect(status).toMatchObject({ daysLeft: 2 });
    expect(status?.warnings?.[0]?.message).toContain('in 2 days');
  });
});

describe("a key's history", () => {
  it('is paged, the newest first, and of that key alone', async () => {
    const account = await trader('alice');
    await trader('bob');
    for (let i = 0; i < 4; i += 1) await verify(fixture, account);
    await verify(fixture, account, refused('venue.key_refused'));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await fixture.vault.credentialHistory({ ...account, limit: 3, ...(cursor !== undefined && { cursor }) });
      expect(page.entries.length).toBeLessThanOrEqual(3);
      seen.push(...page.entries.map(({ type }) => type));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(['verification_failed', ...Array.from({ length: 5 }, () => 'verified'), 'saved']);
  });

  it('stays readable after the key was deleted, and refuses a cursor of another list', async () => {
    const account = await trader('alice');
    await fixture.vault.deleteCredential({ ...account, context: contextOf('alice') });
    const { entries } = await fixture.vault.credentialHistory({ ...account, limit: 1 });
    expect(entries).toMatchObject([{ type: 'deleted', by: 'user' }]);
    await expect(fixture.vault.credentialHistory({ ...account, limit: 1, cursor: 'bm9uZQ' })).rejects.toMatchObject({
      code: 'vault.cursor_invalid',
    });
    const nobody = await fixture.vault.credentialHistory({ ...accountOf('nobody'), limit: 1 });
    expect(nobody).toEqual({ entries: [], nextCursor: null });
  });
});
