import { specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { tradeStatus } from '@latchkey/contracts';
import { heldBackDecider } from './held-back.js';
import { partitionWatchDecider, type PartitionWatchEvent } from './partition-watch.js';
import { explainedMs, isOpenStatus, stuckMessage } from './stuck-trade.js';
import { venuePauseDecider } from './venue-pause.js';

describe('partitions without an owner', () => {
  const watch = specFor(partitionWatchDecider);
  const unowned = (...partitions: number[]): PartitionWatchEvent => ({ type: 'PartitionsUnowned', v: 1, data: { partitions } });
  const report = (...partitions: number[]) => ({ type: 'ReportUnowned', data: { partitions } }) as const;

  it('are said once, however many executors see them', () => {
    watch.given().when(report(3, 1)).then(unowned(1, 3));
    watch.given(unowned(1, 3)).when(report(3)).thenNothing();
  });
  it('are said again when there are more of them', () => {
    watch
      .given(unowned(1, 3))
      .when(report(3, 5))
      .then(unowned(1, 3, 5));
  });
  it('are said to be over once, and anew afterwards', () => {
    const owned: PartitionWatchEvent = { type: 'PartitionsOwned', v: 1, data: {} };
    watch.given(unowned(1)).when({ type: 'ReportOwned', data: {} }).then(owned);
    watch.given(unowned(1), owned).when({ type: 'ReportOwned', data: {} }).thenNothing();
    watch.given(unowned(1), owned).when(report(1)).then(unowned(1));
  });
});

describe('a venue that keeps us waiting', () => {
  const pause = specFor(venuePauseDecider);
  const data = { exchange: 'binance', environment: 'live', marketType: 'spot', until: '2026-11-22T09:01:00.000Z' } as const;
  const now = Date.parse('2026-11-22T09:00:00.000Z');
  const event = { type: 'VenuePaused', v: 1, data } as const;

  it('is said once until that pause has run out', () => {
    pause
      .given()
      .when({ type: 'ReportPause', data: { ...data, now } })
      .then(event);
    pause
      .given(event)
      .when({ type: 'ReportPause', data: { ...data, now: now + 59_999 } })
      .thenNothing();
    pause
      .given(event)
      .when({ type: 'ReportPause', data: { ...data, now: now + 60_000 } })
      .then(event);
  });
});

describe('requests that wait for limits', () => {
  const heldBack = specFor(heldBackDecider);
  const data = {
    host: 'bybit',
    environment: 'live',
    address: '203.0.113.7',
    waiting: { closing: 0, service: 0, lookup: 3, other: 400 },
    since: '2026-11-22T09:00:00.000Z',
    seenAt: '2026-11-22T09:00:06.000Z',
  } as const;
  const event = { type: 'RequestsHeldBack', v: 1, data } as const;
  const report = (since: string, seenAt: string) => ({ type: 'ReportHeldBack', data: { ...data, since, seenAt } }) as const;

  it('are said once, by whichever executor sees them first', () => {
    heldBack.given().when({ type: 'ReportHeldBack', data }).then(event);
    heldBack.given(event).when(report('2026-11-22T09:00:05.000Z', '2026-11-22T09:00:11.000Z')).thenNothing();
  });
  it('are said again when who came later has to wait as long', () => {
    const later = report('2026-11-22T09:00:06.001Z', '2026-11-22T09:00:12.000Z');
    heldBack
      .given(event)
      .when(later)
      .then({ ...event, data: later.data });
  });
});

describe('a trade that is open for too long', () => {
  it('has a limit and a sentence in every state that is not an end', () => {
    const open = ['requested', 'submitted', 'unknown', 'accepted', 'partially_filled'];
    expect(tradeStatus.options.filter(isOpenStatus)).toEqual(open);
    for (const status of tradeStatus.options.filter(isOpenStatus)) {
      expect(stuckMessage(status)).toMatch(/\.$/);
      expect(explainedMs[status]).toBeGreaterThanOrEqual(60_000);
    }
  });
  it('is not called stuck while its venue may still prove that it has no such order', () => {
    expect(explainedMs.unknown).toBeGreaterThan(5_000 + 60_000 + 3 * 8_000);
  });
});
