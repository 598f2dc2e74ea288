import type { StrategyId } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { bodyDigestOf, isStale, samenessOf, windowKeyOf } from './alert-key.js';
import { readAlert } from './read-alert.js';

const strategy = 'a3f1a1d2-0000-7000-8000-000000000001' as StrategyId;
const other = 'a3f1a1d2-0000-7000-8000-000000000002' as StrategyId;

const keyOf = (body: Record<string, unknown>, of = strategy) => {
  const alert = readAlert(JSON.stringify({ ticker: 'BTCUSDT', action: 'buy', ...body }));
  if (!alert.ok) throw new TypeError(alert.refusal.code);
  return samenessOf(of, alert.value, bodyDigestOf(alert.value));
};
const timed = { time: '2026-01-31T12:00:00Z' };

describe('two alerts are one', () => {
  it('when they give the same key, whatever else they say', () => {
    expect(keyOf({ idempotencyKey: 'k', quantity: '1' })).toEqual(keyOf({ idempotencyKey: 'k', quantity: '2' }));
  });

  it('when their bodies are equal and say when they fired, in whatever order their fields stand', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(Object.entries({ ...timed, quantity: '1', price: '2', x: 1 }), { minLength: 4 }),
        (fields) => {
          expect(keyOf(Object.fromEntries(fields))).toEqual(keyOf({ ...timed, quantity: '1', price: '2', x: 1 }));
        },
      ),
    );
  });

  it('for 30 s only when nothing in the body tells them apart', () => {
    expect(keyOf({ orderId: 'Long' })).toEqual({ kind: 'window' });
    const digest = 'a'.repeat(64);
    expect(windowKeyOf(strategy, digest, null)).toBe(windowKeyOf(strategy, digest, null));
    expect(windowKeyOf(strategy, digest, null)).not.toBe(windowKeyOf(strategy, digest, 'the-one-before'));
    expect(windowKeyOf(strategy, digest, null)).not.toBe(windowKeyOf(other, digest, null));
  });
});

describe('two alerts are two', () => {
  it('when they belong to two strategies', () => {
    expect(keyOf({ idempotencyKey: 'k' })).not.toEqual(keyOf({ idempotencyKey: 'k' }, other));
    expect(keyOf(timed)).not.toEqual(keyOf(timed, other));
  });

  it('when one strategy orders twice in one second', () => {
    expect(keyOf({ ...timed, orderId: 'Long' })).not.toEqual(keyOf({ ...timed, orderId: 'Long 2' }));
  });

  it('when only the order has the same name', () => {
    expect(keyOf({ ...timed, orderId: 'Long' })).not.toEqual(keyOf({ time: '2026-01-31T12:05:00Z', orderId: 'Long' }));
  });

  it('even if one gives as its key what the other hashes to', () => {
    const body = keyOf(timed);
    expect(body.kind === 'fixed' && keyOf({ idempotencyKey: body.key })).not.toEqual(body);
  });
});

describe('an alert is stale', () => {
  const firedAtMs = Date.parse(timed.time);
  it('after 300 s by its own fire time, and never without one', () => {
    expect(isStale({ firedAtMs }, firedAtMs + 300_000)).toBe(false);
    expect(isStale({ firedAtMs }, firedAtMs + 300_001)).toBe(true);
    expect(isStale({}, firedAtMs)).toBe(false);
  });
});
