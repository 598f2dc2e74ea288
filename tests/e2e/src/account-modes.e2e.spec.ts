import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueTokens } from './support/issue-tokens.js';
import { book, control, follow, newAlert, post, settledTrades, strategyOf, trader, type User } from './support/people.js';
import { startStack, type Stack } from './support/stack.js';

const linearAccounts = (['one-way', 'hedge'] as const).flatMap((positionMode) =>
  (['cross', 'isolated'] as const).flatMap((marginMode) => [
    { name: `Binance ${positionMode} ${marginMode}`, exchange: 'binance' as const, account: { positionMode, marginMode } },
    ...(['unified', 'classic'] as const).map((accountType) => ({
      name: `Bybit ${accountType} ${positionMode} ${marginMode}`,
      exchange: 'bybit' as const,
      account: { positionMode, marginMode, accountType },
    })),
  ]),
);

type Held = readonly [side: string, size: number, positionSide: string];

describe('the same alerts, whatever the account is like', () => {
  let stack: Stack;
  let owner: User;
  beforeAll(async () => {
    stack = await startStack({ RATE_LIMIT_SCALE: '20' });
    owner = await trader(stack, 'owner', await issueTokens(stack)('owner'));
  });
  afterAll(() => stack?.dispose());

  const positionsOf = async ({ apiKey }: User): Promise<readonly Held[]> => {
    const { body } = await control(stack, 'GET', `/positions?apiKey=${apiKey}`);
    const rows = body as unknown as readonly { side: string; size: string; positionSide: string }[];
    return rows.map(({ side, size, positionSide }) => [side, Number(size), positionSide] as const);
  };

  it.concurrent.each(linearAccounts)('end in the right position: $name', async ({ name, exchange, account }) => {
    const id = name.replaceAll(' ', '-');
    const market = { exchange, marketType: 'linear' } as const;
    const user = await trader(stack, id, await issueTokens(stack)(id), market, account);
    const strategy = await strategyOf(owner, id);
    await follow(user, strategy, { mode: 'base_amount', value: '0.02' });
    const isHedge = account.positionMode === 'hedge';
    const held = (side: 'long' | 'short', size: number): readonly Held[] => [[side, size, isHedge ? side : 'both']];

    const ends = async (fields: Readonly<Record<string, unknown>>): Promise<readonly string[]> => {
      const { quantity: _ours, ...alert } = newAlert();
      const taken = await post(stack, strategy, { ...alert, ...fields });
      expect(taken, taken.text).toMatchObject({ status: 202 });
      const trades = await settledTrades(user, String(taken.body['signalId']));
      return trades.map(({ status, reason }) => reason ?? status);
    };

    expect(await ends({ action: 'buy', sentiment: 'long' })).toEqual(['filled']);
    expect(await positionsOf(user)).toEqual(held('long', 0.02));
    expect(await ends({ action: 'add' })).toEqual(['filled']);
    expect(await positionsOf(user)).toEqual(held('long', 0.04));
    expect(await ends({ action: 'exit', quantity: '25', quantityType: 'percent_of_position' })).toEqual(['filled']);
    expect(await positionsOf(user)).toEqual(held('long', 0.03));
    expect(await ends({ action: 'sell', sentiment: 'short' })).toEqual(['filled', 'filled']);
    expect(await positionsOf(user)).toEqual(held('short', 0.02));
    expect(await ends({ action: 'reverse' })).toEqual(['filled', 'filled']);
    expect(await positionsOf(user)).toEqual(held('long', 0.02));
    expect(await ends({ action: 'exit' })).toEqual(['filled']);
    expect(await positionsOf(user)).toEqual([]);
    expect(await ends({ action: 'add' })).toEqual(['nothing_to_add_to']);
    expect(await book(stack, user.apiKey)).toHaveLength(8);
  });
});
