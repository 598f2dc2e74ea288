import { describe, expect, it } from 'vitest';
import { agesOf, type TradeExecutorConfig } from './config.js';

const of = (signal: number, exit: number, late: 'pass' | 'expire') =>
  agesOf({ MAX_SIGNAL_AGE_SECONDS: signal, MAX_EXIT_AGE_SECONDS: exit, LATE_EXITS: late } as TradeExecutorConfig);

describe('the ages of signals as configured', () => {
  it('let what closes through where what opens expires', () => {
    expect(of(60, 600, 'pass')).toEqual({ maxSignalAgeMs: 60_000, maxExitAgeMs: 600_000 });
  });

  it('never end what closes before what opens', () => {
    expect(of(120, 60, 'pass').maxExitAgeMs).toBe(120_000);
  });

  it('treat both alike where that is asked for', () => {
    expect(of(60, 600, 'expire').maxExitAgeMs).toBe(60_000);
  });
});
