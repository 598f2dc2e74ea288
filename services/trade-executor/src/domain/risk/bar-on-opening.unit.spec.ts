import { noLimits, type Limits } from '@latchkey/contracts';
import { decimal, type StrategyId, type TradeId, type UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { barOnOpening, scopeKey, withOpening, type Bars } from './bar-on-opening.js';
import { noStanding } from './standing.js';

const opening = {
  tradeId: '0192f0c1-1111-5111-8111-000000000001' as TradeId,
  userId: 'user-1' as UserId,
  strategyId: '0199d3a0-7c00-7000-8000-000000000002' as StrategyId,
  exchange: 'binance',
  environment: 'live',
  marketType: 'spot',
  symbol: 'BTCUSDT',
  at: Date.UTC(2026, 0, 15, 12),
  quoteAsset: 'USDT',
  value: decimal('100'),
} as const;
const bars = (halts: readonly (readonly [string, string])[], limits: Partial<Limits> = {}): Bars => ({
  halts: new Map(halts),
  limits: new Map([[scopeKey('user', opening.userId), { ...noLimits, ...limits }]]),
  standings: new Map([[opening.userId, noStanding]]),
});
const user = [scopeKey('user', opening.userId), 'lost sight'] as const;
const strategy = [scopeKey('strategy', opening.strategyId), 'alerts repeat'] as const;
const platform = [scopeKey('platform', ''), 'venue on fire'] as const;

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
      [scopeKey('user', 'user-2'), 'x'],
      [scopeKey('strategy', opening.userId), 'x'],
    ]);
    expect(barOnOpening(opening, others)).toBeUndefined();
    const closed = { ...noLimits, symbols: [] };
    const limits = new Map(
      [scopeKey('user', 'user-2'), scopeKey('strategy', opening.userId)].map((key) => [key, closed] as const),
    );
    expect(barOnOpening(opening, { halts: new Map(), limits, standings: new Map() })).toBeUndefined();
  });

  it('is held against the list, where there is one: an empty one opens nothing', () => {
    expect(barOnOpening(opening, bars([], { symbols: ['ETHUSDT', 'BTCUSDT'] }))).toBeUndefined();
    for (const symbols of [['ETHUSDT'], []])
      expect(barOnOpening(opening, bars([], { symbols }))).toMatchObject({ reason: 'risk.symbol_not_listed' });
  });

  it('of a user counts for the next one that is asked about, but never beside itself', () => {
    const limited = bars([], { maxExposure: decimal('150') });
    const next = { ...opening, tradeId: '0192f0c1-1111-5111-8111-000000000002' as TradeId };
    const after: Bars = { ...limited, standings: new Map([[opening.userId, withOpening(noStanding, opening)]]) };
    expect(barOnOpening(next, limited)).toBeUndefined();
    expect(barOnOpening(next, after)).toMatchObject({ reason: 'risk.max_exposure' });
    expect(barOnOpening(opening, after)).toBeUndefined();
    expect(barOnOpening({ ...next, userId: 'user-2' as UserId }, after)).toBeUndefined();
  });
});
