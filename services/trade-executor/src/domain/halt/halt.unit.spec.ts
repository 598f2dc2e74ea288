import type { StrategyId, UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import { haltDecider, type HaltNotice } from './halt.js';

const halts = specFor(haltDecider);
const userId = 'user-1' as UserId;
const strategyId = '0199d3a0-7c00-7000-8000-000000000002' as StrategyId;

describe.each<HaltNotice>([
  { scope: 'user', userId, reason: 'lost sight' },
  { scope: 'strategy', strategyId, userId, reason: 'the alerts repeat themselves' },
  { scope: 'platform', reason: 'the venue is on fire' },
])('a halt of the $scope', (notice) => {
  const { reason, ...target } = notice;
  const halted = { type: 'TradingHalted', v: 1, data: notice } as const;
  const resumed = { type: 'TradingResumed', v: 1, data: { ...notice, reason: 'all is well' } } as const;

  it('is recorded with its reason, and so is its end', () => {
    halts.given().when({ type: 'HaltTrading', data: { target, reason } }).then(halted);
    halts
      .given(halted)
      .when({ type: 'ResumeTrading', data: { target, reason: 'all is well' } })
      .then(resumed);
    halts.given(halted, resumed).when({ type: 'HaltTrading', data: { target, reason } }).then(halted);
  });

  it('changes nothing a second time, and neither does its end', () => {
    halts
      .given(halted)
      .when({ type: 'HaltTrading', data: { target, reason: 'another' } })
      .thenNothing();
    halts.given().when({ type: 'ResumeTrading', data: { target, reason } }).thenNothing();
    halts.given(halted, resumed).when({ type: 'ResumeTrading', data: { target, reason } }).thenNothing();
  });
});
