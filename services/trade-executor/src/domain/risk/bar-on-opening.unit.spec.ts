import type { StrategyId, UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { barOnOpening, haltKey, type Bars } from './bar-on-opening.js';

const opening = {
  userId: 'user-1' as UserId,
  strategyId: '0199d3a0-7c00-7000-8000-000000000002' as StrategyId,
  symbol: 'BTCUSDT',
};
const bars = (halts: readonly (readonly [string, string])[], symbols?: readonly string[]): Bars => ({
  halts: new Map(halts),
  symbols: new Map(symbols ? [[opening.userId, symbols]] : []),
});
const user = [haltKey('user', opening.userId), 'lost sight'] as const;
const strategy = [haltKey('strategy', opening.strategyId), 'alerts repeat'] as const;
const platform = [haltKey('platform', ''), 'venue on fire'] as const;

describe('an opening', () => {
  it.each([
    ['halted.user', [user]],
    ['halted.strategy', [strategy]],
    ['halted.platform', [platform]],
    ['halted.platform', [strategy, user, platform]],
    ['halted.user', [strategy, user]],
  ] as const)('is barred with %s, and the reason that was given', (reason, halts) => {
    const given = { 'halted.user': 'lost sight', 'halted.strategy': 'alerts repeat', 'halted.platform': 'venue on fire' }[reason];
    expect(barOnOpening(opening, bars(halts))).toEqual({ reason, message: expect.stringContaining(given) as unknown });
  });

  it('is free where others are halted or limited', () => {
    const others = bars([
      [haltKey('user', 'user-2'), 'x'],
      [haltKey('strategy', opening.userId), 'x'],
    ]);
    expect(barOnOpening(opening, others)).toBeUndefined();
    expect(barOnOpening(opening, { halts: new Map(), symbols: new Map([['user-2', []]]) })).toBeUndefined();
  });

  it('is held against the list, where there is one: an empty one opens nothing', () => {
    expect(barOnOpening(opening, bars([], ['ETHUSDT', 'BTCUSDT']))).toBeUndefined();
    for (const list of [['ETHUSDT'], []])
      expect(barOnOpening(opening, bars([], list))).toMatchObject({ reason: 'risk.symbol_not_listed' });
  });
});
