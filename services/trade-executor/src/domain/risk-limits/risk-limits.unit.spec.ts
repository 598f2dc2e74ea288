import type { UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import { riskLimitsDecider } from './risk-limits.js';

const limits = specFor(riskLimitsDecider);
const userId = 'user-1' as UserId;
const set = (symbols: string[] | null) => ({ type: 'RiskLimitsSet', v: 1, data: { userId, symbols } }) as const;
const command = (symbols: string[] | null) => ({ type: 'SetRiskLimits', data: { userId, symbols } }) as const;

describe("a user's symbols", () => {
  it('are recorded once each, in one order', () => {
    limits
      .given()
      .when(command(['ETHUSDT', 'BTCUSDT', 'ETHUSDT']))
      .then(set(['BTCUSDT', 'ETHUSDT']));
    limits
      .given(set(['BTCUSDT']))
      .when(command(null))
      .then(set(null));
    limits.given().when(command([])).then(set([]));
  });

  it('change nothing where they say what holds already', () => {
    limits.given().when(command(null)).thenNothing();
    limits
      .given(set(['BTCUSDT', 'ETHUSDT']))
      .when(command(['ETHUSDT', 'BTCUSDT']))
      .thenNothing();
  });
});
