import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  book,
  follow,
  newAlert,
  newcomer,
  post,
  settledTrade,
  strategyOf,
  tokenFor,
  trader,
  userOf,
  type Strategy,
  type User,
} from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

describe('halts, lists and the freeze', () => {
  let stack: Stack;
  let owner: User;
  let follower: User;
  let operator: User;
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack({ RATE_LIMIT_SCALE: '20' });
    [owner, follower] = await Promise.all([trader(stack, 'owner'), trader(stack, 'follower')]);
    operator = userOf(stack, 'olga', await tokenFor(stack, 'olga', 'operator'));
    strategy = await strategyOf(owner);
    await follow(follower, strategy);
  });
  afterAll(() => stack?.dispose());

  const alert = async (): Promise<string> => {
    const { status, body } = await post(stack, strategy, newAlert());
    expect(status).toBe(202);
    return String(body['signalId']);
  };
  const traded = async (timeoutMs?: number) => settledTrade(follower, await alert(), timeoutMs);
  const orders = async () => (await book(stack, follower.apiKey)).length;
  const turn = async (verb: 'halt' | 'resume', who: User, target: object = {}) => {
    const answer = await who.api('POST', `/api/trading/${verb}`, { ...target, reason: 'lost sight' });
    expect(answer, answer.text).toMatchObject({ status: 200, body: { success: true, changed: true } });
  };
  const vault = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await stack.cli('vault', ...args, '--json');
    expect(code, stderr + stdout).toBe(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it.each(['user', 'strategy', 'platform'] as const)(
    'trading that is halted for the %s opens nothing, and says why',
    async (scope) => {
      const who = { user: follower, strategy: owner, platform: operator }[scope];
      const target = scope === 'strategy' ? { scope, strategyId: strategy.id } : { scope };
      const before = await orders();
      await turn('halt', who, target);
      expect((await follower.api('GET', '/api/risk-limits')).body).toMatchObject({ halts: [{ scope, reason: 'lost sight' }] });
      expect(await traded()).toMatchObject({ status: 'denied', reason: `halted.${scope}` });
      expect(await orders()).toBe(before);
      await turn('resume', who, target);
      expect((await traded()).status).toBe('filled');
      expect(await orders()).toBe(before + 1);
    },
  );

  it('a list of symbols opens what stands on it', async () => {
    const put = (symbols: readonly string[] | null) => follower.api('PUT', '/api/risk-limits', { symbols });
    expect((await put(['ETHUSDT'])).body).toMatchObject({ limits: { symbols: ['ETHUSDT'] } });
    expect(await traded()).toMatchObject({ status: 'denied', reason: 'risk.symbol_not_listed' });
    expect((await put(null)).status).toBe(200);
    expect((await traded()).status).toBe('filled');
  });

  it('a vault that is frozen under running alerts opens nothing and loses nothing: what is fresh at the thaw is traded', async () => {
    const before = await orders();
    expect(await vault('freeze', '--reason', 'a laptop was stolen')).toMatchObject({ changed: true, state: { frozen: true } });
    const signals = [await alert(), await alert(), await alert()];
    const trade = async (signalId: string) => {
      const { body } = await follower.api('GET', `/api/signals/${signalId}`);
      return (body['personalTrades'] as { id: string; status: string }[] | undefined)?.[0];
    };
    // The first one has found out; the others wait behind it in their lane.
    const timeline = async () => {
      const { id = '' } = (await trade(signals[0]!)) ?? {};
      const { body } = await follower.api('GET', `/api/trades/${id}`);
      return (body['timeline'] as { type: string; data: { reason?: string } }[] | undefined) ?? [];
    };
    await eventually(async () =>
      expect(await timeline()).toContainEqual(
        expect.objectContaining({ type: 'OrderNotSent', data: expect.objectContaining({ reason: 'vault.frozen' }) as unknown }),
      ),
    );
    expect(await orders()).toBe(before);
    expect(await vault('status')).toMatchObject({ frozen: true, reason: 'a laptop was stolen' });

    // Keys go on being saved; checking one takes signatures.
    const fresh = await newcomer(stack, 'fresh');
    const refused = await fresh.api('POST', '/api/user-api-keys/binance/verify');
    expect([refused.status, refused.body]).toMatchObject([
      503,
      { error: { code: 'verification.unsigned', details: { code: 'vault.frozen' } } },
    ]);

    // In force for a vault that is started meanwhile, too.
    const pid = stack.pidOf('key-vault');
    stack.signal('key-vault', 'SIGKILL');
    await eventually(() => expect(stack.pidOf('key-vault')).not.toBe(pid), { timeoutMs: 60_000 });
    await eventually(async () => expect(await vault('status')).toMatchObject({ frozen: true }), { timeoutMs: 60_000 });
    expect(await orders()).toBe(before);

    expect(await vault('thaw', '--reason', 'its keys are replaced')).toMatchObject({ changed: true, state: { frozen: false } });
    const ends = await Promise.all(signals.map((signalId) => settledTrade(follower, signalId, 120_000)));
    const filled = ends.filter(({ status }) => status === 'filled').length;
    // Each has an end, and a reason where that is none that anybody wants: a slow machine may outlast a signal's minute.
    for (const { status, reason } of ends)
      expect([status, reason]).toEqual(status === 'filled' ? ['filled', undefined] : ['expired', expect.any(String)]);
    expect(await orders()).toBe(before + filled);
    expect((await traded()).status).toBe('filled');
    expect((await fresh.api('POST', '/api/user-api-keys/binance/verify')).status).toBe(200);
  });

  it('an alert that a freeze outlasts expires with that reason', async () => {
    await vault('freeze', '--reason', 'a drill');
    const before = await orders();
    expect(await traded(120_000)).toMatchObject({ status: 'expired', reason: 'vault.frozen' });
    await vault('thaw', '--reason', 'the drill is over');
    expect(await orders()).toBe(before);
    expect((await traded()).status).toBe('filled');
  });
});
