import { entryLeg } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import type { CommandOf, TradeCommand } from './commands.js';
import { tradeDecider } from './decide.js';
import { unprovenOf } from './policy.js';
import * as facts from './testing/trade-facts.js';

const trade = specFor(tradeDecider);
const unproven = unprovenOf({ action: 'buy' });
const barred = { reason: 'halted.user', message: 'You have halted your trading: lost sight.' };

const submit = (attempt: number, over: Partial<CommandOf<'Submit'>> = {}): TradeCommand => ({
  type: 'Submit',
  data: {
    attempt,
    leg: entryLeg,
    order: facts.order,
    now: facts.receivedAtMs + 1_000,
    timestamp: facts.timestampOf(attempt),
    recvWindow: 5_000,
    paramsHash: facts.paramsHash,
    resendAfterAbsence: true,
    absenceIsProof: true,
    purpose: 'open',
    maxAgeMs: 60_000,
    barred,
    ...over,
  },
});
const { requested, submitted, notSent, unknown, absenceProven, denied, expired } = facts;

describe('an opening that a halt or a list stands against', () => {
  it('is denied with its reason, at its first attempt and at every later one', () => {
    trade.given(requested).when(submit(1)).then(denied(barred.reason, barred.message));
    trade.given(requested, submitted(1), notSent(1)).when(submit(2)).then(denied(barred.reason, barred.message));
  });

  it('is not called denied while an earlier attempt may still appear at its venue', () => {
    trade
      .given(requested, submitted(1), unknown(), absenceProven())
      .when(submit(2, { absenceIsProof: false }))
      .then(expired(unproven.reason, unproven.message));
  });

  it('has the same end as without it when the signal is too old', () => {
    trade
      .given(requested)
      .when(submit(1, { now: facts.receivedAtMs + 61_000 }))
      .then(expired('signal_too_old', 'The signal was older than 60 s before it could be sent.'));
  });
});

describe('an order that closes', () => {
  it('is sent whatever stands against openings', () => {
    trade
      .given(requested)
      .when(submit(1, { purpose: 'close' }))
      .then(submitted(1, 'close'));
  });
});
