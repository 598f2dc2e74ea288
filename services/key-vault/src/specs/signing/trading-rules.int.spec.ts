import type { AnyEvent, Envelope, EventData, SignItem, SignPurpose } from '@latchkey/contracts';
import { withTransaction } from '@latchkey/event-store';
import { newId, type StrategyId } from '@latchkey/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  accountOf,
  contextOf,
  goodBybitKey,
  openBybitItem,
  openItem,
  readItem,
  save,
  sign,
  signOne,
  vaultFixture,
  verify,
  verifyItem,
  windowOf,
  type VaultFixture,
} from '../../testing/vault-fixture.js';

let fixture: VaultFixture;
beforeAll(async () => {
  fixture = await vaultFixture();
});
afterAll(() => fixture.close());

const operator = { actor: 'operator:ops', correlationId: newId() };
const reason = 'a laptop was stolen';
const freeze = (of = fixture.vault) => of.freezeVault({ reason, context: operator });
const thawOf = (since: string, of = fixture.vault) => of.thawVault({ reason: 'its keys are replaced', since, context: operator });
const frozenSince = async (): Promise<string> => {
  const state = await fixture.vault.freezeState();
  return state.frozen ? state.since : new Date(fixture.clock.now()).toISOString();
};
const thaw = async (of = fixture.vault) => thawOf(await frozenSince(), of);

let versions = 0;
/** An event as the consumer of halts hands it over; each is newer than the one before unless said otherwise. */
const hear = (
  event: Pick<AnyEvent, 'type' | 'data'>,
  { epoch, streamversion }: { epoch?: number; streamversion?: number } = {},
): Promise<void> =>
  withTransaction(fixture.pool, (tx) =>
    fixture.vault.keepTradingRules(tx, {
      envelope: { epoch: epoch ?? 1, streamversion: streamversion ?? (versions += 1) } as Envelope,
      event: { v: 1, ...event } as AnyEvent,
    }),
  );
type Target = EventData<'TradingHalted'>;
const halt = (target: Target) => hear({ type: 'TradingHalted', data: target });
const resume = (target: Target) => hear({ type: 'TradingResumed', data: target });

let users = 0;
const readyAccount = async (more: Parameters<typeof accountOf>[1] = {}) => {
  const account = accountOf(`trader-${(users += 1)}`, more);
  await save(fixture, account);
  await verify(fixture, account, more.exchange === 'bybit' ? goodBybitKey : undefined);
  return account;
};

type Account = ReturnType<typeof accountOf>;
// Streams are judged like look-ups (signing-policy.unit.spec.ts), and not every account has them.
const purposes = ['verify', 'open', 'close', 'read', 'cancel'] as const satisfies readonly SignPurpose[];
/** One string for each purpose, all of them in order by themselves. */
const itemFor = async (account: Account, purpose: (typeof purposes)[number], strategyId?: StrategyId): Promise<SignItem> => {
  const order = openItem(fixture, account, strategyId && { strategyId });
  switch (purpose) {
    case 'open':
      return order;
    case 'close':
      return {
        ...order,
        purpose,
        payload: order.payload.replace('side=BUY', 'side=SELL').replace('quoteOrderQty=100', 'quantity=0.01'),
      };
    case 'read':
      return readItem(fixture, account);
    case 'cancel':
      return { ...readItem(fixture, account), purpose, payload: `symbol=BTCUSDT&orderId=7&${windowOf(fixture)}` };
    case 'verify': {
      const { verificationId } = await fixture.vault.beginVerification({ ...account, context: contextOf(account.userId) });
      return verifyItem(fixture, account, verificationId);
    }
  }
};
const allOf = async (account: Account, strategyId?: StrategyId) => {
  const items: SignItem[] = [];
  for (const purpose of purposes) items.push(await itemFor(account, purpose, strategyId));
  const answers = (await sign(fixture, items)).items;
  return Object.fromEntries(answers.map((answer, i) => [purposes[i], answer.ok ? 'signed' : answer.code]));
};
const everything = Object.fromEntries(purposes.map((purpose) => [purpose, 'signed']));
const outcomeOf = async (item: SignItem, of = fixture) => {
  const answer = await signOne(of, item);
  return answer?.ok === true ? 'signed' : answer?.code;
};

describe('a halt', () => {
  const strategyId = newId<StrategyId>();
  it.each<[Target['scope'], (userId: Account['userId']) => Target]>([
    ['user', (userId) => ({ scope: 'user', userId, reason })],
    ['strategy', (userId) => ({ scope: 'strategy', strategyId, userId, reason })],
    ['platform', () => ({ scope: 'platform', reason })],
  ])('of the %s keeps from opening and from nothing else, until it is resumed', async (_scope, targetFor) => {
    const account = await readyAccount();
    await halt(targetFor(account.userId));
    expect(await allOf(account, strategyId)).toEqual({ ...everything, open: 'vault.trading_halted' });
    await resume(targetFor(account.userId));
    expect(await allOf(account, strategyId)).toEqual(everything);
  });

  it('of one user or strategy is nobody else’s', async () => {
    const [halted, other] = [await readyAccount(), await readyAccount()];
    await halt({ scope: 'user', userId: halted.userId, reason });
    await halt({ scope: 'strategy', strategyId, userId: halted.userId, reason });
    expect(await outcomeOf(openItem(fixture, other))).toBe('signed');
    expect(await outcomeOf(openItem(fixture, other, { strategyId }))).toBe('vault.trading_halted');
    await resume({ scope: 'strategy', strategyId, userId: halted.userId, reason });
  });

  it('that comes late, after what ended it, changes nothing; one of a newer epoch always does', async () => {
    const { userId, ...account } = await readyAccount();
    const data = { scope: 'user', userId, reason } as const;
    const open = () => outcomeOf(openItem(fixture, { userId, ...account }));
    await hear({ type: 'TradingResumed', data }, { streamversion: 1_002 });
    await hear({ type: 'TradingHalted', data }, { streamversion: 1_001 });
    expect(await open()).toBe('signed');
    await hear({ type: 'TradingHalted', data }, { epoch: 2, streamversion: 1 });
    expect(await open()).toBe('vault.trading_halted');
  });

  it('holds for a signature that was being made when it came: it is read in the transaction of the record', async () => {
    const account = await readyAccount();
    const item = openItem(fixture, account);
    // The signature waits for its credential's row, as it would behind a deletion; the halt comes meanwhile.
    const locker = await fixture.pool.connect();
    await locker.query('begin');
    await locker.query('select from credentials where user_id = $1 for update', [account.userId]);
    const signing = outcomeOf(item);
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%credentials%for share%'`;
    await expect.poll(async () => (await fixture.tamper(waiting)).length).toBeGreaterThan(0);
    const halting = halt({ scope: 'user', userId: account.userId, reason });
    // It waits for that signature, which came first, and every later one goes by it.
    const halted = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like '%pg_advisory_xact_lock%'`;
    await expect.poll(async () => (await fixture.tamper(halted)).length).toBeGreaterThan(0);
    await locker.query('rollback');
    locker.release();
    expect(await signing).toBe('signed');
    await halting;
    expect(await outcomeOf(openItem(fixture, account))).toBe('vault.trading_halted');
  });

  it('stands on the record with the strategy that was named', async () => {
    const account = await readyAccount();
    await sign(fixture, [openItem(fixture, account, { strategyId })]);
    const [recorded] = (await fixture.events('signatures-')).slice(-1);
    expect(recorded?.data['items']).toMatchObject([{ userId: account.userId, strategyId, outcome: 'signed' }]);
  });
});

describe("a user's list of symbols", () => {
  const setList = (userId: string, symbols: readonly string[] | null) =>
    hear({ type: 'RiskLimitsSet', data: { userId, symbols } as EventData<'RiskLimitsSet'> });

  it('is held against the string itself, and only where something is opened', async () => {
    const account = await readyAccount();
    await setList(account.userId, ['ETHUSDT']);
    expect(await allOf(account)).toEqual({ ...everything, open: 'vault.symbol_not_allowed' });
    await setList(account.userId, ['ETHUSDT', 'BTCUSDT']);
    expect(await allOf(account)).toEqual(everything);
    await setList(account.userId, []);
    expect(await outcomeOf(openItem(fixture, account))).toBe('vault.symbol_not_allowed');
    await setList(account.userId, null);
    expect(await outcomeOf(openItem(fixture, account))).toBe('signed');
  });

  it('is not touched by limits that the user has set for a strategy, or as an operator', async () => {
    const account = await readyAccount();
    await setList(account.userId, ['ETHUSDT']);
    for (const scope of ['strategy', 'platform'] as const)
      await hear({ type: 'RiskLimitsSet', data: { userId: account.userId, symbols: null, scope } });
    expect(await outcomeOf(openItem(fixture, account))).toBe('vault.symbol_not_allowed');
  });

  it.each(['spot', 'linear'] as const)('is held against the body of a Bybit %s order', async (marketType) => {
    const account = await readyAccount({ exchange: 'bybit' });
    await setList(account.userId, ['ETHUSDT']);
    expect(await outcomeOf(openBybitItem(fixture, account, marketType))).toBe('vault.symbol_not_allowed');
    await setList(account.userId, ['BTCUSDT']);
    expect(await outcomeOf(openBybitItem(fixture, account, marketType))).toBe('signed');
  });
});

describe('a frozen vault', () => {
  beforeEach(() => thaw().then(() => undefined));
  afterAll(() => thaw());

  it('signs cancels and nothing else, in every instance, until it is thawed', async () => {
    const account = await readyAccount();
    const second = { ...fixture, vault: await fixture.another() };
    expect(await freeze()).toMatchObject({ changed: true, state: { frozen: true, reason } });
    const refused = Object.fromEntries(purposes.map((purpose) => [purpose, 'vault.frozen']));
    expect(await allOf(account)).toEqual({ ...refused, cancel: 'signed' });
    expect(await outcomeOf(readItem(fixture, account), second)).toBe('vault.frozen');
    expect(await thaw(second.vault)).toEqual({ changed: true, state: { frozen: false } });
    expect(await allOf(account)).toEqual(everything);
  });

  it('stays frozen when a thaw of the freeze before is repeated, at another instance', async () => {
    await freeze();
    const since = await frozenSince();
    expect(await thawOf(since)).toMatchObject({ changed: true });
    fixture.clock.advance(1);
    await freeze();
    expect(await thawOf(since, await fixture.another())).toMatchObject({ changed: false, state: { frozen: true, reason } });
  });

  it('stays frozen in a process that is started meanwhile', async () => {
    const account = await readyAccount();
    await freeze();
    const restarted = { ...fixture, vault: await fixture.another() };
    expect(await outcomeOf(openItem(fixture, account), restarted)).toBe('vault.frozen');
    expect(await restarted.vault.freezeState()).toMatchObject({ frozen: true, reason });
  });

  it('saves and deletes keys', async () => {
    const [old, fresh] = [await readyAccount(), accountOf(`trader-${(users += 1)}`)];
    await freeze();
    await save(fixture, fresh);
    await fixture.vault.deleteCredential({ ...old, context: contextOf(old.userId) });
    const { credentials } = await fixture.vault.listCredentials({ userId: old.userId });
    expect(credentials).toEqual([]);
    expect((await fixture.vault.listCredentials({ userId: fresh.userId })).credentials).toHaveLength(1);
  });

  it('says who froze it and why, once, however often it is frozen', async () => {
    const before = (await fixture.events('vault-freeze')).length;
    await freeze();
    expect(await fixture.vault.freezeVault({ reason: 'another', context: operator })).toMatchObject({
      changed: false,
      state: { reason },
    });
    expect((await fixture.events('vault-freeze')).slice(before)).toEqual([{ type: 'VaultFrozen', data: { reason } }]);
    const [row] = await fixture.tamper(`select actor from events where stream_id = 'vault-freeze' order by version desc limit 1`);
    expect(row?.['actor']).toBe('operator:ops');
  });

  it('keeps no claim on the attempt that it refused: it is signed when it is thawed', async () => {
    const account = await readyAccount();
    const item = openItem(fixture, account);
    await freeze();
    expect(await outcomeOf(item)).toBe('vault.frozen');
    await thaw();
    expect(await outcomeOf({ ...item, payload: item.payload.replace('=100', '=101') })).toBe('signed');
  });

  it('waits for the signatures that came first, and answers when none can come any more', async () => {
    const account = await readyAccount();
    const locker = await fixture.pool.connect();
    await locker.query('begin');
    await locker.query('select from credentials where user_id = $1 for update', [account.userId]);
    const signing = outcomeOf(openItem(fixture, account));
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%credentials%for share%'`;
    await expect.poll(async () => (await fixture.tamper(waiting)).length).toBeGreaterThan(0);
    let answered = false;
    const freezing = freeze().then(() => (answered = true));
    const held = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'advisory' and query like 'begin%'`;
    await expect.poll(async () => (await fixture.tamper(held)).length).toBeGreaterThan(0);
    expect(answered).toBe(false);
    await locker.query('rollback');
    locker.release();
    expect(await signing).toBe('signed');
    await freezing;
    expect(await outcomeOf(openItem(fixture, account))).toBe('vault.frozen');
  });
});
