import { randomUUID } from 'node:crypto';
import type { ExchangeName } from '@latchkey/contracts';
import { AppError, type CredentialId, type UserId } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { createAttempt } from './attempt-each.js';
import type { ChangeCredential } from './change-credential.js';
import { createReverification } from './reverify-credentials.js';
import type { DueCredential, Executor, VerificationQueue } from './verification-ports.js';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const quiet = { info: () => undefined, warn: () => undefined };

const dueKeys = (count: number, exchange: ExchangeName): readonly DueCredential[] =>
  Array.from({ length: count }, (_, i) => ({
    credentialId: randomUUID() as CredentialId,
    userId: `user-${i}` as UserId,
    exchange,
    environment: 'live' as const,
    streamVersion: 3,
  }));

/** Keys that are due, at one exchange, until a verification of them is begun; a venue that answers at once, or when it is told to. */
const bench = (perMinute: number, { count = 5_000, broken = 0, answers = true } = {}) => {
  const keys = dueKeys(count, 'binance');
  const due = new Map(keys.map((key) => [key.credentialId, key]));
  const stuck = new Set(keys.slice(0, broken).map(({ credentialId }) => credentialId));
  const clock = manualClock();
  const begun: CredentialId[] = [];
  const asked: CredentialId[] = [];
  const nextDue: VerificationQueue['nextDue'] = async (exchange, _atMs, except) => {
    if (exchange !== 'binance') return undefined;
    for (const key of due.values()) if (!except.includes(key.credentialId)) return key;
    return undefined;
  };
  const change: ChangeCredential = async ({ id }) => {
    if (stuck.has(id)) throw new AppError('spec.stuck', 'its history makes no sense');
    begun.push(id);
    due.delete(id);
    return { credential: { status: 'none' }, events: [{}] as never };
  };
  const executor: Executor = {
    isThere: () => Promise.resolve(true),
    verify: ({ credentialId }) => {
      asked.push(credentialId);
      return answers ? Promise.resolve({ verified: true } as never) : new Promise(() => undefined);
    },
  };
  const attempt = createAttempt('spec', { credentials: { catchUp: async (ids = []) => ids }, log: quiet, clock });
  const daily = createReverification({
    queue: { nextDue },
    change,
    attempt,
    clock,
    executor,
    isOurTurn: () => true,
    isKnown: () => true,
    freeze: { state: async () => ({ frozen: false }) },
    perMinute,
    log: quiet,
  });
  /** A round each second, as the timer drives them, or a little later than that. */
  const run = async (forMs: number, everyMs = secondMs) => {
    for (let passed = 0; passed < forMs; passed += everyMs) {
      clock.advance(everyMs);
      await daily.round();
      if (answers) await daily.settled();
    }
  };
  return { run, begun, asked, clock, keys };
};

describe('keys that are all due', () => {
  it.each([1, 6, 30, 40, 59, 70, 240, 600])('at %i a minute are begun at that pace, each once', async (perMinute) => {
    const { run, begun, asked } = bench(perMinute);
    await run(5 * minuteMs);
    expect(begun.length).toBeGreaterThanOrEqual(5 * perMinute - Math.ceil(perMinute / 60));
    expect(begun.length).toBeLessThanOrEqual(5 * perMinute + 1);
    expect(new Set(begun).size).toBe(begun.length);
    expect(asked).toEqual(begun);
  });

  it.each([40, 600])('at %i a minute are begun at that pace by rounds that come late, too', async (perMinute) => {
    const { run, begun } = bench(perMinute);
    await run(5 * minuteMs, 1_250);
    expect(begun.length).toBeGreaterThanOrEqual(5 * perMinute - Math.ceil(perMinute / 40));
    expect(begun.length).toBeLessThanOrEqual(5 * perMinute + 1);
  });

  it('are not made up for after a pause', async () => {
    const { run, begun, clock } = bench(600);
    await run(secondMs);
    clock.advance(60 * minuteMs);
    await run(secondMs);
    expect(begun.length).toBeLessThanOrEqual(2);
  });

  it.each([
    [30, 4],
    [600, 20],
  ])('at %i a minute are at most %i at a time where the venue does not answer', async (perMinute, atOnce) => {
    const { run, begun } = bench(perMinute, { answers: false });
    await run(minuteMs);
    expect(begun).toHaveLength(atOnce);
  });

  it('have their turn behind others that cannot be begun', async () => {
    const { run, begun, keys } = bench(60, { count: 40, broken: 30 });
    await run(minuteMs);
    expect(begun).toEqual(keys.slice(30).map(({ credentialId }) => credentialId));
  });
});
