import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayFixture, type GatewayFixture } from '../../testing/gateway-fixture.js';

const tradeId = '7c1a8a52-1f3b-4a60-9d0e-0d7f2b0f6a01';
const alice = { user: 'alice' };

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture();
});
afterAll(() => gateway.close());

const lastCall = (subject: string): unknown => gateway.services.calls.findLast((call) => call.subject === subject)?.request;

describe('trades and the trail', () => {
  it('come from their owners, for the caller alone', async () => {
    gateway.services.answer({
      'qry.trade-executor.trades': () => ({ trades: [], nextCursor: 'more' }),
      'qry.trade-executor.trade': () => ({ trade: null, timeline: [], traceId: null }),
      'qry.audit.entries': () => ({ entries: [], nextCursor: null }),
    });
    const cursor = Buffer.from(`1769860800000.${tradeId}`).toString('base64url');
    expect((await gateway.request('GET', `/api/trades?limit=7&cursor=${cursor}`, alice)).json).toEqual({
      success: true,
      trades: [],
      nextCursor: 'more',
    });
    expect(lastCall('qry.trade-executor.trades')).toEqual({ userId: 'alice', limit: 7, cursor });
    expect((await gateway.request('GET', `/api/trades/${tradeId}`, alice)).json.error.code).toBe('trade.not_found');
    await gateway.request('GET', '/api/audit', alice);
    expect(lastCall('qry.audit.entries')).toEqual({ userId: 'alice', limit: 50 });
    await gateway.request('GET', '/api/audit?cursor=41', alice);
    expect(lastCall('qry.audit.entries')).toEqual({ userId: 'alice', limit: 50, cursor: '41' });
    await gateway.request('GET', '/api/audit', { user: 'eve', roles: ['auditor'] });
    expect(lastCall('qry.audit.entries')).toEqual({ limit: 50 });
  });

  it('say which part is away and what still works', async () => {
    const away = await gatewayFixture();
    const answer = await away.request('GET', '/api/trades', alice);
    expect([answer.status, answer.json.error.code, answer.json.error.details]).toEqual([
      503,
      'rpc.unavailable',
      { part: 'trade-executor' },
    ]);
    await away.close();
  });
});
