import type { Account } from '@latchkey/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialIdOf } from '../../domain/credential/credential-id.js';
import { fakeExecutor, healthyKey } from '../../testing/fake-executor.js';
import { accountOf, contextOf, save, vaultFixture, verify, type VaultFixture } from '../../testing/vault-fixture.js';

const hourMs = 60 * 60_000;

let fixture: VaultFixture;
let executor: ReturnType<typeof fakeExecutor>;
let isKnown: boolean;
let lines: string[];
beforeEach(async () => {
  fixture = await vaultFixture();
  executor = fakeExecutor(fixture);
  isKnown = true;
  lines = [];
});
afterEach(() => fixture.close());

const reverification = () =>
  fixture.vault.reverification({
    executor: executor.executor,
    isOurTurn: () => true,
    isKnown: () => isKnown,
    perMinute: 60,
    log: {
      info: (_facts, message) => void lines.push(message),
      warn: ({ reason }: { reason?: string }, message) => void lines.push(`${message}: ${reason}`),
    },
  });
const run = async (daily: ReturnType<typeof reverification>, rounds: number, everyMs: number): Promise<void> => {
  for (let round = 0; round < rounds; round += 1) {
    fixture.clock.advance(everyMs);
    await daily.round();
    await daily.settled();
  }
};
const eventsOf = async (account: Account): Promise<readonly string[]> =>
  (await fixture.events(`credential-${credentialIdOf(account)}`)).map(({ type }) => type.replace('Credential', ''));
const trader = async (user: string): Promise<Account> => {
  const account = accountOf(user);
  await save(fixture, account);
  await verify(fixture, account, await healthyKey(account));
  return account;
};
const operator = contextOf('operator');
const freeze = () => fixture.vault.freezeVault({ reason: 'an incident', context: operator });
const thaw = async () => {
  const state = await fixture.vault.freezeState();
  if (!state.frozen) throw new TypeError('nothing is frozen');
  await fixture.vault.thawVault({ reason: 'it is over', since: state.since, context: operator });
};

describe('while nothing is signed, no verification is begun', () => {
  it.each<[string, string, () => unknown, () => unknown]>([
    ['the vault is frozen', 'the vault is frozen', freeze, thaw],
    ['its log is not compared', 'its log is not compared', () => (isKnown = false), () => (isKnown = true)],
    ['the executor is away', 'the executor is away', () => executor.setThere(false), () => executor.setThere(true)],
  ])('because %s: keys stay due without a pause, and are verified right after', async (_what, reason, stop, goOn) => {
    const account = await trader('alice');
    const before = await eventsOf(account);
    const daily = reverification();
    await stop();
    await run(daily, 3 * 24, hourMs);
    expect(executor.asked).toEqual([]);
    expect(await eventsOf(account)).toEqual(before);
    expect(lines).toEqual([`keys that are due wait, and none is switched off for that: ${reason}`]);
    await goOn();
    await run(daily, 2, 1_000);
    expect(await eventsOf(account)).toEqual([...before, 'VerificationStarted', 'Verified']);
    expect(lines[1]).toBe('keys that are due are verified again');
  });

  it('and one reason after another is told once each', async () => {
    await trader('alice');
    const daily = reverification();
    await freeze();
    await run(daily, 30, hourMs);
    isKnown = false;
    await run(daily, 30, hourMs);
    expect(lines.map((line) => line.split(': ')[1])).toEqual(['the vault is frozen', 'its log is not compared']);
  });
});
