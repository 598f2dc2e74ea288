import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { currentCall, runCall } from './call-context.js';

const now = 1_790_000_000_000;

describe('a signature', () => {
  const run = (ageMs: number) => {
    const clock = manualClock(now);
    const authorize = async () => ({ apiKey: 'key', signature: 'signature', signedAt: clock.now() });
    const signed = { timestamp: now, recvWindow: 5_000, authorize };
    return runCall(signed, { clock, venueNow: clock.now }, async (call) => {
      await call.authorize('a string');
      clock.advance(ageMs);
      currentCall()?.assertMayLeave();
    });
  };

  it('may leave with the bytes that it is for within 500 ms', async () => {
    expect(await run(500)).toMatchObject({ ok: true });
  });

  it('is dropped after that, whatever it was that took so long', async () => {
    expect(await run(501)).toMatchObject({
      ok: false,
      error: { code: 'exchange.withheld', message: expect.stringContaining('it was dropped') as unknown },
    });
  });

  it('that was never given lets nothing leave', async () => {
    const signed = { timestamp: now, recvWindow: 5_000, authorize: () => Promise.resolve(undefined) };
    const clock = manualClock(now);
    const outcome = await runCall(signed, { clock, venueNow: clock.now }, async (call) => call.assertMayLeave());
    expect(outcome).toMatchObject({ ok: false, error: { code: 'exchange.withheld' } });
  });
});
