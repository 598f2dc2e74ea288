import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { playTrade, type Answer, type Refusing } from './testing/trade-bench.js';

const placed: Answer = {
  outcome: 'placed',
  order: { orderId: '1', status: 'filled', filled: decimal('0.1'), fills: [] },
};
const unknown: Answer = { outcome: 'unknown', cause: 'timeout', venueSaidUnknown: false };
const turnedAway: Answer = { outcome: 'turned_away', reason: 'venue.rate_limited', message: 'Too many.' };

/** From then on the account has another key: the vault refuses what belongs to the order that the first one signed. */
const replacedAt =
  (at: number, purposes: readonly string[] = ['open', 'read']): Refusing =>
  ({ purpose }, seconds) =>
    seconds >= at && purposes.includes(purpose)
      ? { outcome: 'refused', code: 'vault.key_replaced', message: 'Another API key was saved since.' }
      : undefined;

describe('an order whose API key was replaced', () => {
  it.each([
    ['at once', 0.1],
    // The first look-ups that count as absence begin after 15 s, and three of them prove it.
    ['when it had been looked for twice in vain', 17.5],
  ])('while its outcome is unknown ends unverifiable, and nothing is sent a second time: %s', async (_when, at) => {
    const { trade, types, sent } = await playTrade({ answer: () => unknown, refusal: replacedAt(at) });
    expect(trade).toMatchObject({ status: 'unverifiable', reason: 'vault.key_replaced' });
    expect(types).toEqual(['OrderSubmitted', 'OrderOutcomeUnknown', 'OrderUnverifiable']);
    expect(sent).toHaveLength(1);
  });

  it('is followed no more after the exchange took it', async () => {
    const open = { ...placed, order: { ...placed.order, status: 'open' as const, filled: decimal('0') } };
    const { trade, sent } = await playTrade({ answer: () => open, refusal: replacedAt(0, ['read']) });
    expect(trade).toMatchObject({ status: 'unverifiable', reason: 'vault.key_replaced' });
    expect(sent).toHaveLength(1);
  });

  it('after it was turned away is denied, because no further attempt is signed', async () => {
    const { trade, types, sent } = await playTrade({ answer: () => turnedAway, refusal: replacedAt(0.1) });
    expect(trade).toMatchObject({ status: 'denied', reason: 'vault.key_replaced' });
    expect(types).toEqual(['OrderSubmitted', 'OrderTurnedAway', 'OrderSubmitted', 'OrderNotSent', 'TradeDenied']);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['is denied where that is proof', true, { status: 'denied', reason: 'vault.key_replaced' }],
    ['ends unproven, so that it is watched, where it may still appear', false, { status: 'expired', reason: 'unproven' }],
  ])('after it was not found %s, because no further attempt is signed', async (_what, absenceIsProof, end) => {
    const { trade, sent } = await playTrade({
      answer: () => unknown,
      absenceIsProof,
      refusal: (item, seconds) => (item.trade?.attempt === 1 ? undefined : replacedAt(0)(item, seconds)),
    });
    expect(trade).toMatchObject(end);
    expect(sent).toHaveLength(1);
  });
});
