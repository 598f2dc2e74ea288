import { decimal, replay } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { tradeDecider } from '../trade/decide.js';
import type { TradeEvent } from '../trade/events.js';
import { unprovenOf } from '../trade/policy.js';
import * as facts from '../trade/testing/trade-facts.js';
import { inFlightOf } from './in-flight.js';

const { absenceProven, accepted, closed, denied, expired, fill, filled, rejected, requested, turnedAway, unknown, unverifiable } =
  facts;
const submitted = (over: object = {}): TradeEvent => {
  const event = facts.submitted();
  return { ...event, data: { ...event.data, purpose: 'open', value: decimal('100'), ...over } } as TradeEvent;
};
const of = (...events: readonly TradeEvent[]) => inFlightOf(replay(tradeDecider, events));
const unproven = unprovenOf({ action: 'buy' });
const whole = { value: '100' };

describe('what an opening may come to beside what is known', () => {
  it('is its whole value while its outcome is not known, or can not be', () => {
    expect(of(requested, submitted())).toEqual(whole);
    expect(of(requested, submitted(), unknown())).toEqual(whole);
    expect(of(requested, submitted(), unknown(), absenceProven())).toEqual(whole);
    expect(of(requested, submitted(), unknown(), absenceProven(), expired(unproven.reason, unproven.message))).toEqual(whole);
    expect(of(requested, submitted(), unknown(), unverifiable())).toEqual(whole);
    expect(of(requested, submitted(), accepted())).toEqual(whole);
  });

  it('is what its fills have left of it', () => {
    expect(of(requested, submitted(), accepted(), filled(fill('1', '0.0015')))).toEqual({ value: '25' });
    expect(of(requested, submitted(), accepted(), filled(fill('1', '0.003')))).toEqual({ value: '0' });
  });

  it('is nothing once the venue has told', () => {
    expect(of(requested)).toBeUndefined();
    expect(of(requested, submitted(), accepted(), filled(fill('1', '0.001')), closed('canceled', '0.001'))).toBeUndefined();
    expect(of(requested, submitted(), rejected())).toBeUndefined();
    expect(of(requested, submitted(), turnedAway())).toBeUndefined();
    expect(of(requested, denied('x', 'y'))).toBeUndefined();
  });

  it('is nothing of an order that closes', () => {
    expect(of(requested, submitted({ purpose: 'close' }))).toBeUndefined();
  });

  it('is taken from the amount to spend, or is not known, where it was not recorded', () => {
    expect(of(requested, submitted({ purpose: undefined, value: undefined }))).toEqual(whole);
    expect(of(requested, submitted({ value: undefined, quoteAmount: undefined, amount: decimal('0.002') }))).toEqual({});
  });
});
