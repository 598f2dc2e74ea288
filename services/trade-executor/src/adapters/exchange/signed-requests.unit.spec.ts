import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { pausesOnly } from '../../app/rate-limits/pauses-only.js';
import { readFills } from './binance/binance-shapes.js';
import { createSignedRequests } from './signed-requests.js';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = manualClock(1_000_000);
const { run } = createSignedRequests({
  host: 'binance',
  environment: 'live',
  clock,
  log: quiet,
  timeoutMs: 1_000,
  venueNow: () => clock.now(),
  permits: pausesOnly({ clock, log: quiet, addresses: ['spec'] }),
});
const call = { timestamp: clock.now(), recvWindow: 5_000, authorize: () => Promise.resolve(undefined) };

describe('an answer that has the right fields and makes no sense', () => {
  it.each(['1e99', 'soon'])('is unreadable, and interrupts nobody (a fill at %s)', async (time) => {
    const fill = { id: 1, orderId: 1, price: '1', qty: '1', commission: '0', commissionAsset: 'BNB', time };
    expect(await run(call, 'order.trades', () => Promise.resolve([fill]), readFills)).toMatchObject({
      ok: false,
      failure: { cause: 'unreadable_body' },
    });
  });
});
