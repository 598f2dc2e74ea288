import { decimal, type TradeId, type UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { attentionOf, attentionText, workText, type Standing, type Work } from './attention.js';

const venue = {
  exchange: 'binance',
  environment: 'live',
  marketType: 'spot',
  clockOffsetMs: 3,
  markets: 'loaded',
  pausedUntil: null,
} as const;
const work: Work = {
  executors: [{ name: 'executor-1/0199', partitions: 64 }],
  partitions: { count: 64, unowned: [] },
  openTrades: 2,
  stuck: { count: 0, trades: [] },
  drifts: { count: 0, oldest: [] },
  venues: [venue],
  limits: [],
};
const fine: Standing = { work, deadLetters: { 'trade-executor': [], audit: [], 'key-vault': [] } };
const codes = (of: Partial<Standing>) => attentionOf({ ...fine, ...of }).map(({ code }) => code);

describe('what needs attention', () => {
  it('is nothing while all is well', () => {
    expect(codes({})).toEqual([]);
    expect(attentionText(attentionOf(fine))).toBe('nothing needs attention');
    expect(workText(work)).toBe('executors: executor-1 (64 partitions); open trades: 2');
  });

  it('is a partition without an owner', () => {
    const [found] = attentionOf({ ...fine, work: { ...work, partitions: { count: 64, unowned: [3, 17] } } });
    expect(found).toMatchObject({ code: 'partitions.unowned', message: '2 of 64 partitions have no owner: 3, 17' });
    expect(found?.todo).toContain('start another one');
  });

  it('is a trade that is stuck, with what to do, and how many more there are', () => {
    const trade = {
      tradeId: 'bedd3974-6728-582f-b972-f1cf3329e8dd' as TradeId,
      userId: 'u' as UserId,
      exchange: 'binance',
      environment: 'live',
      marketType: 'spot',
      symbol: 'BTCUSDT',
      status: 'unknown',
      since: '2026-11-22T08:55:00.000Z',
      partition: 3,
      message: 'look at it',
    } as const;
    const found = attentionOf({ ...fine, work: { ...work, stuck: { count: 5, trades: [trade] } } });
    expect(found.map(({ code }) => code)).toEqual(['trade.stuck', 'trade.stuck']);
    expect(found[0]?.message).toContain('BTCUSDT) is unknown since 2026-11-22T08:55:00.000Z');
    expect(found[0]?.todo).toBe('look at it');
    expect(found[1]?.message).toBe('and 4 more trades like these');
  });

  it('is a venue whose clock or markets are unknown, or that wants to be left alone', () => {
    const venues = [
      { ...venue, clockOffsetMs: null },
      { ...venue, markets: 'loading' as const },
      { ...venue, pausedUntil: '2026-11-22T09:01:00.000Z' },
    ];
    expect(codes({ work: { ...work, venues } })).toEqual(['venue.clock_unknown', 'venue.markets_unknown', 'venue.paused']);
  });

  it('is what waits for the limits of a venue, by what it is for, and an address that the venue wants quiet from', () => {
    const waiting = { closing: 2, service: 0, lookup: 1, other: 310 };
    const where = { host: 'binance-usdm', environment: 'live', address: '203.0.113.7' } as const;
    const limits = [
      { ...where, waiting, oldestSince: '2026-11-22T08:59:50.000Z', blockedUntil: null },
      {
        ...where,
        waiting: { ...waiting, closing: 0, lookup: 0, other: 0 },
        oldestSince: null,
        blockedUntil: '2026-11-22T09:10:00.000Z',
      },
    ];
    const found = attentionOf({ ...fine, work: { ...work, limits } });
    expect(found.map(({ code }) => code)).toEqual(['limiter.waiting', 'limiter.waiting']);
    expect(found.map(({ message }) => message)).toEqual([
      '313 requests wait for the limits of binance-usdm live at our address 203.0.113.7 (2 closing, 1 look-ups, 310 others); the oldest since 2026-11-22T08:59:50.000Z',
      '0 requests wait for the limits of binance-usdm live at our address 203.0.113.7; the venue wants quiet until 2026-11-22T09:10:00.000Z',
    ]);
  });

  it('is an account that holds something else than the record says', () => {
    const drift = {
      userId: 'u' as UserId,
      exchange: 'bybit',
      environment: 'live',
      marketType: 'linear',
      instrument: 'BTCUSDT',
      expected: decimal('0.01'),
      found: decimal('0'),
      detectedAt: '2026-11-22T08:55:00.000Z',
    } as const;
    const [found] = attentionOf({ ...fine, work: { ...work, drifts: { count: 3, oldest: [drift] } } });
    expect(found?.message).toBe(
      '3 accounts hold something else than the record says, since 2026-11-22T08:55:00.000Z (bybit BTCUSDT)',
    );
    expect(found?.code).toBe('position.drift');
  });

  it('is a dead letter, of whichever service', () => {
    const oldest = { eventId: 'e', parkedAt: '2026-11-22T08:00:00.000Z', deliveries: 5, reason: 'unexpected: no such column' };
    const found = attentionOf({ ...fine, deadLetters: { audit: [{ consumer: 'audit-gateway', count: 2, oldest }] } });
    expect(found).toMatchObject([
      { code: 'events.dead', message: expect.stringContaining('audit could not handle 2 events') as string },
    ]);
  });

  it('is a service that does not answer: nobody knows what it keeps silent', () => {
    expect(codes({ work: 'away' })).toEqual(['executor.away']);
    expect(codes({ deadLetters: { 'key-vault': 'away' } })).toEqual(['service.away']);
    expect(workText('away')).toBe('executors: none answers');
  });
});
