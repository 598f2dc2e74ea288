import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { binanceSituations, bybitSituations, type Situation } from './support/key-situations.js';
import { keyPairOf } from './support/markets.js';
import { control, userOf, type Answer, type User } from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.dispose());

let people = 0;
type Person = {
  readonly user: User;
  readonly verify: () => Promise<Answer>;
  readonly get: (what: string, more?: string) => Promise<Answer>;
};

/** A user whose venue knows the key as the situation says, and who has saved it here. */
const personIn = async (exchange: 'binance' | 'bybit', { account = {}, savedAs = 'live', key }: Situation): Promise<Person> => {
  const id = `situation-${(people += 1)}`;
  const user = userOf(stack, id, await issueTokens(stack)(id), { exchange, marketType: 'spot' });
  const { apiKey, apiSecret } = user;
  if (key !== 'unknown') {
    const made = await control(stack, 'POST', '/accounts', { ...account, exchange, apiKey, apiSecret });
    expect(made.status).toBe(201);
  }
  const secret = key === 'wrong' ? keyPairOf(user.market).apiSecret : apiSecret;
  const base = `/api/user-api-keys/${exchange}`;
  const saved = await user.api('POST', base, { apiKey, apiSecret: secret, environment: savedAs });
  expect(saved.status).toBe(200);
  return {
    user,
    verify: () => user.api('POST', `${base}/verify?environment=${savedAs}`),
    get: (what, more = '') => user.api('GET', `${base}/${what}?environment=${savedAs}${more}`),
  };
};

const good = { can_read: true, can_trade: true, can_withdraw: false };

describe.each([
  ['binance', binanceSituations],
  ['bybit', bybitSituations],
] as const)('a key of %s', (exchange, situations) => {
  it('is tried in at least thirty situations, each different', () => {
    expect(situations.length).toBeGreaterThanOrEqual(30);
    expect(new Set(situations.map(({ what }) => what)).size).toBe(situations.length);
  });

  it.each(situations.map((situation) => [situation.what, situation.code ?? 'verified', situation] as const))(
    'that %s: %s',
    async (_what, _outcome, situation) => {
      const { later, faults = [], code, transient, warnings = [], told = {}, details = {} } = situation;
      const { user, verify, get } = await personIn(exchange, situation);
      if (later) {
        expect(await verify()).toMatchObject({ status: 200 });
        await control(stack, 'PATCH', `/accounts/${user.apiKey}`, later);
      }
      for (const fault of faults) await control(stack, 'POST', '/faults', { ...fault, exchange, apiKey: user.apiKey });
      const answer = await verify();
      const status = await get('status');
      expect(status.status).toBe(200);
      const used = later !== undefined;

      if (code === undefined) {
        expect(answer).toMatchObject({ status: 200, body: { success: true, permissions: good, ...told } });
        expect(answer.body['warningCodes'] ?? []).toEqual(warnings);
        expect(status.body['warningCodes'] ?? []).toEqual(warnings);
        expect((answer.body['warnings'] as string[] | undefined) ?? []).toHaveLength(warnings.length);
        expect(status.body).toMatchObject({ enabled: true, verified: true });
        expect((await get('status', '&details=true')).body).toMatchObject(details);
        return;
      }
      expect(answer).toMatchObject({ status: transient ? 503 : 422, body: { success: false, error: { code } } });
      expect(status.body).toMatchObject({
        enabled: transient === true,
        verified: transient === true && used,
        reason: code,
      });
      const history = (await get('history')).body['history'] as readonly Record<string, unknown>[];
      expect(history[0]).toMatchObject({ type: 'verification_failed', by: 'user', code, definite: transient !== true });
    },
  );
});

describe("a key's history", () => {
  it('is paged like other lists, and nobody else sees it', async () => {
    const { verify, get } = await personIn('bybit', { what: 'good' });
    await verify();
    await verify();
    const first = await get('history', '&limit=2');
    expect(first.body).toMatchObject({ history: [{ type: 'verified' }, { type: 'verified' }] });
    const second = await get('history', `&limit=2&cursor=${String(first.body['nextCursor'])}`);
    expect(second.body).toMatchObject({ history: [{ type: 'saved', by: 'user' }], nextCursor: null });
    const stranger = await personIn('bybit', { what: 'good' });
    expect((await stranger.get('history')).body).toMatchObject({ history: [{ type: 'saved' }], nextCursor: null });
    expect(await get('history', '&cursor=none-of-ours')).toMatchObject({ status: 400 });
  });
});
