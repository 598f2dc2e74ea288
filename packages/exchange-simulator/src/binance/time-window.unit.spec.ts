import { describe, expect, it } from 'vitest';
import { checkWindow, defaultRecvWindowMs, timeWindow } from './time-window.js';

const nowMs = 1_790_000_000_000;
const outcome = (timestamp: number, recvWindow?: number): string => {
  try {
    checkWindow(timeWindow(timestamp, recvWindow), nowMs);
    return 'taken';
  } catch (error) {
    return error instanceof Error ? error.message : 'not an error';
  }
};

const late = 'Timestamp for this request is outside of the recvWindow.';
const early = "Timestamp for this request was 1000ms ahead of the server's time.";

describe('the time window', () => {
  it.each([
    ['exactly as old as the window', nowMs - 10_000, 10_000, 'taken'],
    ['one millisecond older', nowMs - 10_001, 10_000, late],
    ['999 ms ahead', nowMs + 999, 10_000, 'taken'],
    ['a second ahead', nowMs + 1_000, 10_000, early],
    ['in microseconds', (nowMs - 5) * 1_000, 10_000, 'taken'],
    ['in microseconds and too old', (nowMs - 10_001) * 1_000, 10_000, late],
    ['a window above a minute', nowMs, 60_001, 'recvWindow must be less than 60000.'],
    ['a window of a minute', nowMs - 60_000, 60_000, 'taken'],
  ])('%s', (_what, timestamp, recvWindow, expected) => {
    expect(outcome(timestamp, recvWindow)).toBe(expected);
  });

  it('is five seconds when none is asked for', () => {
    expect(outcome(nowMs - defaultRecvWindowMs)).toBe('taken');
    expect(outcome(nowMs - defaultRecvWindowMs - 1)).toBe(late);
    expect(defaultRecvWindowMs).toBe(5_000);
  });
});
