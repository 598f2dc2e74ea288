import type { HaltTarget, LimitChanges } from '@latchkey/contracts';
import { decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import { riskLimitsDecider, type RiskLimitsCommand, type RiskLimitsEvent } from './risk-limits.js';

const limits = specFor(riskLimitsDecider);
const userId = 'user-1' as UserId;
const strategyId = '0199d3a0-7c00-7000-8000-000000000002' as StrategyId;
const set = (data: Partial<RiskLimitsEvent['data']>): RiskLimitsEvent => ({
  type: 'RiskLimitsSet',
  v: 1,
  data: { userId, symbols: null, ...data },
});
const command = (changes: LimitChanges, target: HaltTarget = { scope: 'user', userId }): RiskLimitsCommand => ({
  type: 'SetRiskLimits',
  data: { target, userId, changes },
});
const hundred = decimal('100');

describe('limits of openings', () => {
  it('are recorded in full, symbols once each and in one order', () => {
    limits
      .given()
      .when(command({ symbols: ['ETHUSDT', 'BTCUSDT', 'ETHUSDT'], maxNotional: hundred }))
      .then(set({ symbols: ['BTCUSDT', 'ETHUSDT'], maxNotional: hundred }));
    limits
      .given()
      .when(command({ symbols: [] }))
      .then(set({ symbols: [] }));
  });

  it('that are not named stay, and those set to null are lifted', () => {
    const given = set({ symbols: ['BTCUSDT'], maxNotional: hundred, coolDownSeconds: 60 });
    limits
      .given(given)
      .when(command({ coolDownSeconds: null, maxOpenPositions: 2 }))
      .then(set({ symbols: ['BTCUSDT'], maxNotional: hundred, maxOpenPositions: 2 }));
    limits
      .given(given)
      .when(command({ symbols: null }))
      .then(set({ maxNotional: hundred, coolDownSeconds: 60 }));
  });

  it('of an event of before others were known are its symbols alone', () => {
    limits
      .given(set({ symbols: ['BTCUSDT'] }))
      .when(command({ maxDailyLoss: hundred }))
      .then(set({ symbols: ['BTCUSDT'], maxDailyLoss: hundred }));
  });

  it('name their scope where they are not a user’s own', () => {
    limits
      .given()
      .when(command({ maxNotional: hundred }, { scope: 'strategy', strategyId, userId }))
      .then(set({ scope: 'strategy', strategyId, maxNotional: hundred }));
    limits
      .given()
      .when(command({ maxNotional: hundred }, { scope: 'platform' }))
      .then(set({ scope: 'platform', maxNotional: hundred }));
  });

  it('change nothing where they say what holds already', () => {
    limits
      .given()
      .when(command({ symbols: null, maxNotional: null }))
      .thenNothing();
    limits.given().when(command({})).thenNothing();
    limits
      .given(set({ symbols: ['BTCUSDT', 'ETHUSDT'], tradingWindows: [{ days: ['mon'], from: '08:00', to: '09:00' }] }))
      .when(command({ symbols: ['ETHUSDT', 'BTCUSDT'], tradingWindows: [{ to: '09:00', from: '08:00', days: ['mon'] }] }))
      .thenNothing();
  });
});
