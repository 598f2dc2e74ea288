import { eventually } from '@latchkey/testkit';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { markets } from './support/markets.js';
import {
  book,
  control,
  follow,
  newAlert,
  post,
  settledTrade,
  strategyOf,
  trader,
  type Strategy,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';
import { faultCasesOf, type FaultCase } from './support/venue-faults.js';

const cases = markets.flatMap(faultCasesOf);
const atOnce = 10;

describe('one order, whatever the venue does', () => {
  let stack: Stack;
  let owner: User;
  let strategy: Strategy;
  let signalId: string;
  const users = new Map<FaultCase, User>();
  const userOf = (one: FaultCase): User => users.get(one) as User;

  const prepare = async (one: FaultCase, number: number): Promise<void> => {
    const id = `unlucky-${number}`;
    const user = await trader(stack, id, await issueTokens(stack)(id), one.market, one.account);
    await follow(user, strategy);
    for (const fault of one.faults)
      expect((await control(stack, 'POST', '/faults', { ...fault, apiKey: user.apiKey })).status).toBeLessThan(300);
    users.set(one, user);
  };

  // Some of these take more than a minute to be settled. So each case is a follower of one strategy, and one alert starts them all.
  beforeAll(async () => {
    stack = await startStack({ RATE_LIMIT_SCALE: '20' });
    owner = await trader(stack, 'owner');
    strategy = await strategyOf(owner);
    for (let i = 0; i < cases.length; i += atOnce)
      await Promise.all(cases.slice(i, i + atOnce).map((one, j) => prepare(one, i + j)));
    const taken = await post(stack, strategy, newAlert());
    expect(taken).toMatchObject({ status: 202, body: { status: 'accepted' } });
    signalId = taken.body['signalId'] as string;
  });
  afterAll(() => stack?.dispose());

  describe.each(markets)('at $exchange $marketType', (market) => {
    it.each(cases.filter((one) => one.market === market))('$name: $expected.status', async (one) => {
      const user = userOf(one);
      const { status, unknown, ...rest } = one.expected;
      const trade = await settledTrade(user, signalId, 150_000);
      expect(trade).toMatchObject({ status, ...rest });
      if (status === 'expired') expect(trade.reason).toEqual(expect.any(String));
      const orders = await book(stack, user.apiKey);
      expect(orders).toHaveLength(status === 'filled' ? 1 : 0);
      for (const { clientOrderId } of orders) expect(clientOrderId).toBe(trade.clientOrderId);
      const { body } = await user.api('GET', `/api/trades/${trade.id}`);
      const types = (body['timeline'] as { type: string }[]).map(({ type }) => type);
      if (unknown) expect(types).toContain('OrderOutcomeUnknown');
    });
  });

  it('every venue did what it was told to, and none has two orders of anybody', async () => {
    expect((await control(stack, 'DELETE', '/faults')).body).toMatchObject({ removed: 0 });
    const keys = (await book(stack)).map(({ apiKey }) => apiKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('an executor frozen between committing an attempt and sending it, thawed after its window and more', async () => {
    const frozen = await strategyOf(owner, 'Frozen');
    await follow(owner, frozen);
    const before = (await book(stack, owner.apiKey)).length;
    const executor = stack.pidOf('trade-executor');
    const database = new Client({ connectionString: stack.description().postgres.databases['trade-executor'] as string });
    await database.connect();
    const submitted = async (): Promise<number> =>
      (await database.query<{ n: string }>("select count(*) n from events where type = 'OrderSubmitted'")).rows.map(({ n }) =>
        Number(n),
      )[0] ?? 0;
    const start = await submitted();
    // Without the vault's signature nothing can be sent: so the attempt is committed, and not yet on its way, when the executor freezes.
    stack.signal('key-vault', 'SIGSTOP');
    try {
      const taken = await post(stack, frozen, newAlert());
      await eventually(async () => expect(await submitted()).toBe(start + 1));
      process.kill(executor, 'SIGSTOP');
      stack.signal('key-vault', 'SIGCONT');
      const frozenAt = Date.now();
      await eventually(() => Date.now() - frozenAt >= 30_000, { timeoutMs: 40_000, everyMs: 500 });
      process.kill(executor, 'SIGCONT');
      const trade = await settledTrade(owner, taken.body['signalId'] as string, 150_000);
      expect(trade.status).toMatch(/^(filled|expired|denied)$/);
      const orders = await book(stack, owner.apiKey);
      expect(orders.filter(({ clientOrderId }) => clientOrderId === trade.clientOrderId)).toHaveLength(
        trade.status === 'filled' ? 1 : 0,
      );
      expect(orders.length - before).toBe(1);
    } finally {
      process.kill(executor, 'SIGCONT');
      stack.signal('key-vault', 'SIGCONT');
      await database.end();
    }
  });
});
