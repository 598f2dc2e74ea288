import { noLimits, type HaltScope, type Limits } from '@latchkey/contracts';
import { decimal, type StrategyId, type TradeId, type UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { limitOnOpening, type Opening } from './limit-on-opening.js';
import { noStanding, type Standing } from './standing.js';

const mine = '0199d3a0-7c00-7000-8000-000000000002' as StrategyId;
const another = '0199d3a0-7c00-7000-8000-000000000003' as StrategyId;
// A Thursday.
const at = Date.UTC(2026, 0, 15, 12);
const opening: Opening = {
  tradeId: '0192f0c1-1111-5111-8111-000000000001' as TradeId,
  userId: 'user-1' as UserId,
  strategyId: mine,
  exchange: 'binance',
  environment: 'live',
  marketType: 'spot',
  symbol: 'BTCUSDT',
  at,
  quoteAsset: 'USDT',
  value: decimal('100'),
};
const held = (cost: string, strategyId = mine, over: object = {}) => ({
  environment: 'live' as const,
  strategyId,
  market: 'binance/live/spot/ETHUSDT',
  quoteAsset: 'USDT',
  quantity: decimal(cost.startsWith('-') ? '-1' : '1'),
  cost: decimal(cost),
  ...over,
});
const pending = (value: string | undefined, strategyId = mine, over: object = {}) => ({
  tradeId: 'another',
  environment: 'live' as const,
  strategyId,
  market: 'binance/live/spot/SOLUSDT',
  quoteAsset: 'USDT',
  value: value === undefined ? undefined : decimal(value),
  ...over,
});
const realised = (amount: string, strategyId = mine, over: object = {}) => ({
  environment: 'live' as const,
  strategyId,
  day: '2026-01-15',
  quoteAsset: 'USDT',
  amount: decimal(amount),
  ...over,
});
const reasonOf = (
  limits: Partial<Limits>,
  standing: Partial<Standing> = {},
  over: Partial<Opening> = {},
  scope: HaltScope = 'user',
): string | undefined =>
  limitOnOpening({
    opening: { ...opening, ...over },
    scope,
    limits: { ...noLimits, ...limits },
    standing: { ...noStanding, ...standing },
  })?.reason;
const below = undefined;

describe('a limit on', () => {
  it('one order lets through what is worth no more', () => {
    const of = (value: string) => reasonOf({ maxNotional: decimal('100') }, {}, { value: decimal(value) });
    expect([of('99.99'), of('100'), of('100.01')]).toEqual([below, below, 'risk.max_notional']);
  });

  it('positions counts those that are open and those that may be; an order for one of them adds none', () => {
    const of = (maxOpenPositions: number, standing: Partial<Standing>, over: Partial<Opening> = {}) =>
      reasonOf({ maxOpenPositions }, standing, over);
    expect(of(0, {})).toBe('risk.max_open_positions');
    expect(of(1, {})).toBe(below);
    expect(of(2, { held: [held('50')], pending: [pending('10')] })).toBe('risk.max_open_positions');
    expect(of(3, { held: [held('50')], pending: [pending('10')] })).toBe(below);
    expect(of(1, { held: [held('-50')] }, { symbol: 'ETHUSDT' })).toBe(below);
    expect(of(1, { held: [held('50')] }, { symbol: 'ETHUSDT', marketType: 'linear' })).toBe('risk.max_open_positions');
    // What fees left of a position is none; a dollar of it is.
    expect(of(1, { held: [held('0.99'), held('-0.5', another)] })).toBe(below);
    expect(of(1, { held: [held('1')] })).toBe('risk.max_open_positions');
  });

  it('exposure adds up what positions cost and what is under way, bought or sold', () => {
    const of = (maxExposure: string, standing: Partial<Standing>) => reasonOf({ maxExposure: decimal(maxExposure) }, standing);
    const standing = { held: [held('50'), held('-30', another)], pending: [pending('20', another), pending('7')] };
    expect(of('207', standing)).toBe(below);
    expect(of('206.99', standing)).toBe('risk.max_exposure');
    expect(of('1000000', { pending: [pending(undefined)] })).toBe('risk.value_unknown');
  });

  it('a day’s loss holds from the moment it is reached until the day has ended in UTC', () => {
    const of = (amounts: readonly string[], when = at) =>
      reasonOf({ maxDailyLoss: decimal('100') }, { realised: amounts.map((amount) => realised(amount)) }, { at: when });
    expect([of(['-99.99']), of(['-100']), of(['-100.01'])]).toEqual([below, 'risk.max_daily_loss', 'risk.max_daily_loss']);
    expect(of(['-150', '60'])).toBe(below);
    expect(of(['150'])).toBe(below);
    expect(of(['-150'], Date.UTC(2026, 0, 15, 23, 59, 59, 999))).toBe('risk.max_daily_loss');
    expect(of(['-150'], Date.UTC(2026, 0, 16))).toBe(below);
  });

  it('the time after a losing close holds until it has passed', () => {
    const of = (agoMs: number, strategyId = mine) =>
      reasonOf(
        { coolDownSeconds: 60 },
        {
          lostAt: [
            { environment: 'live', strategyId, at: at - agoMs },
            { environment: 'live', strategyId: another, at: at - 90_000 },
          ],
        },
      );
    expect([of(59_999), of(60_000), of(60_001)]).toEqual(['risk.cool_down', below, below]);
  });

  it('the parts of a week is in UTC, from its first minute to before its last', () => {
    const tradingWindows: Limits['tradingWindows'] = [
      { days: ['thu'], from: '12:00', to: '13:30' },
      { days: ['sun'], from: '23:00', to: '24:00' },
    ];
    const of = (...time: readonly [number, number, number, number?, number?]) =>
      reasonOf({ tradingWindows }, {}, { at: Date.UTC(2026, 0, time[0], time[1], time[2], time[3] ?? 0, time[4] ?? 0) });
    expect(of(15, 11, 59, 59, 999)).toBe('risk.outside_trading_windows');
    expect([of(15, 12, 0), of(15, 13, 29, 59, 999)]).toEqual([below, below]);
    expect(of(15, 13, 30)).toBe('risk.outside_trading_windows');
    expect(of(16, 12, 0)).toBe('risk.outside_trading_windows');
    expect([of(18, 23, 0), of(18, 23, 59, 59, 999)]).toEqual([below, below]);
    expect(of(19, 0, 0)).toBe('risk.outside_trading_windows');
  });
});

describe('limits', () => {
  const standing = { held: [held('50'), held('50', another)], pending: [pending('50', another)] };
  const losses = {
    realised: [realised('-50'), realised('-60', another)],
    lostAt: [{ environment: 'live' as const, strategyId: another, at }],
  };

  it.each(['user', 'platform'] as const)('of the %s are held against all that a user has', (scope) => {
    expect(reasonOf({ maxExposure: decimal('249') }, standing, {}, scope)).toBe('risk.max_exposure');
    expect(reasonOf({ maxOpenPositions: 3 }, standing, {}, scope)).toBe('risk.max_open_positions');
    expect(reasonOf({ maxDailyLoss: decimal('110') }, losses, {}, scope)).toBe('risk.max_daily_loss');
    expect(reasonOf({ coolDownSeconds: 1 }, losses, {}, scope)).toBe('risk.cool_down');
  });

  it('of a strategy are held against what a follower has by it', () => {
    const of = (limits: Partial<Limits>, of_: Partial<Standing>) => reasonOf(limits, of_, {}, 'strategy');
    expect([of({ maxExposure: decimal('150') }, standing), of({ maxExposure: decimal('149') }, standing)]).toEqual([
      below,
      'risk.max_exposure',
    ]);
    expect([of({ maxOpenPositions: 2 }, standing), of({ maxOpenPositions: 1 }, standing)]).toEqual([
      below,
      'risk.max_open_positions',
    ]);
    expect([of({ maxDailyLoss: decimal('51') }, losses), of({ maxDailyLoss: decimal('50') }, losses)]).toEqual([
      below,
      'risk.max_daily_loss',
    ]);
    expect(of({ coolDownSeconds: 1 }, losses)).toBe(below);
    expect(of({ symbols: ['ETHUSDT'] }, {})).toBe('risk.symbol_not_listed');
  });

  it('hold paper against paper, and what is real against what is real', () => {
    const there = { environment: 'paper' as const };
    const onPaper: Partial<Standing> = {
      held: [held('500', mine, there)],
      pending: [pending('500', mine, there)],
      realised: [realised('-500', mine, there)],
      lostAt: [{ ...there, strategyId: mine, at }],
    };
    const limits: Partial<Limits> = {
      maxExposure: decimal('100'),
      maxOpenPositions: 1,
      maxDailyLoss: decimal('1'),
      coolDownSeconds: 60,
    };
    for (const scope of ['user', 'strategy', 'platform'] as const) {
      expect(reasonOf(limits, onPaper, {}, scope)).toBe(below);
      for (const [name, limit] of Object.entries(limits))
        expect(reasonOf({ [name]: limit }, onPaper, there, scope)).toMatch(/^risk\./);
    }
  });

  it('in dollars count the coins that stand for one alike, and let nothing else be opened', () => {
    const usdc = { quoteAsset: 'USDC' };
    const btc = { quoteAsset: 'BTC' };
    for (const limit of ['maxNotional', 'maxExposure', 'maxDailyLoss'] as const) {
      expect(reasonOf({ [limit]: decimal('1000') }, {}, btc)).toBe('risk.quote_not_comparable');
      expect(reasonOf({ [limit]: decimal('1000') }, {}, { quoteAsset: undefined })).toBe('risk.quote_not_comparable');
      expect(reasonOf({ [limit]: decimal('1000') }, {}, usdc)).toBe(below);
    }
    expect(reasonOf({ maxExposure: decimal('149') }, { held: [held('50', mine, usdc)] })).toBe('risk.max_exposure');
    expect(reasonOf({ maxDailyLoss: decimal('50') }, { realised: [realised('-50', mine, usdc)] })).toBe('risk.max_daily_loss');
    expect(reasonOf({ maxOpenPositions: 5 }, {}, btc)).toBe(below);
  });

  it('in dollars need to know what an order is worth', () => {
    expect(reasonOf({ maxNotional: decimal('100') }, {}, { value: undefined })).toBe('risk.value_unknown');
    expect(reasonOf({ maxExposure: decimal('100') }, {}, { value: undefined })).toBe('risk.value_unknown');
    expect(reasonOf({ maxDailyLoss: decimal('100') }, {}, { value: undefined })).toBe(below);
  });

  it('say the figure, the limit and what to do', () => {
    const message = (scope: HaltScope) =>
      limitOnOpening({ opening, scope, limits: { ...noLimits, maxNotional: decimal('99') }, standing: noStanding })?.message;
    expect(message('user')).toBe(
      'The order is worth 100 USDT, above your limit of 99 for one order. PUT /api/risk-limits changes it, or lifts it with null.',
    );
    expect(message('strategy')).toContain("the strategy's limit of 99");
    expect(message('platform')).toContain('Its operators have set it.');
  });
});
