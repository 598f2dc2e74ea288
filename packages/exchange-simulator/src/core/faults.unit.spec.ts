import { describe, expect, it } from 'vitest';
import { manualClock } from './clock.js';
import { createFaults, type FaultDraft, type FaultTarget } from './faults.js';

const drop: FaultDraft = { kind: 'drop', times: 1, afterMs: 0, ms: 0, status: 503, recheck: false };
const request: FaultTarget = { exchange: 'binance', apiKey: 'k1', path: '/api/v3/order', method: 'POST' };

describe('a fault', () => {
  it('hits as often as it was told, once by default, and then is used up', () => {
    const faults = createFaults(manualClock(0));
    faults.set({ ...drop, times: 2 });
    expect([1, 2, 3].map(() => faults.take(['drop'], request)?.kind)).toEqual(['drop', 'drop', undefined]);
  });

  it.each([
    ['exchange', { exchange: 'bybit' }],
    ['key', { apiKey: 'k2' }],
    ['path, which is exact', { path: '/api/v3/order/test' }],
    ['method', { method: 'GET' }],
  ] as const)('leaves requests of another %s alone', (_what, filter) => {
    const faults = createFaults(manualClock(0));
    faults.set({ ...drop, ...filter });
    expect(faults.take(['drop'], request)).toBeUndefined();
    expect(faults.take(['drop'], { ...request, ...filter })?.kind).toBe('drop');
  });

  it('sleeps for afterMs', () => {
    const clock = manualClock(0);
    const faults = createFaults(clock);
    faults.set({ ...drop, afterMs: 100 });
    clock.advance(99);
    expect(faults.take(['drop'], request)).toBeUndefined();
    clock.advance(1);
    expect(faults.take(['drop'], request)?.kind).toBe('drop');
  });

  it('waits for its own stage of a request, so that faults of different stages meet in one', () => {
    const faults = createFaults(manualClock(0));
    faults.set({ ...drop, kind: 'hide-order' });
    faults.set({ ...drop, kind: 'accept-then-drop' });
    expect(faults.take(['delay'], request)).toBeUndefined();
    expect(faults.take(['accept-then-drop', 'accept-then-status'], request)?.kind).toBe('accept-then-drop');
    expect(faults.take(['hide-order'], request)?.kind).toBe('hide-order');
  });

  it('goes in the order it was set, and clearing says how many were left', () => {
    const faults = createFaults(manualClock(0));
    faults.set({ ...drop, status: 1 });
    faults.set({ ...drop, status: 2 });
    expect(faults.take(['drop'], request)?.status).toBe(1);
    expect(faults.clear()).toBe(1);
    expect(faults.take(['drop'], request)).toBeUndefined();
  });
});
