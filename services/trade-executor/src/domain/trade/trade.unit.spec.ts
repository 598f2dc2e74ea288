import { decimal, entryLeg } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import type { CommandOf, OrderSnapshot, TradeCommand } from './commands.js';
import { tradeDecider } from './decide.js';
import type { TradeEvent } from './events.js';
import { maxAttempts } from './policy.js';
import * as facts from './testing/trade-facts.js';

const trade = specFor(tradeDecider);
const { requested, submitted, notSent, turnedAway, rejected, unknown, absenceProven, accepted, filled, fill, closed } = facts;

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
    ...over,
  },
});
const refusal = { reason: 'vault.away', message: 'The key vault did not answer.' };
const whole: OrderSnapshot = {
  orderId: '900001',
  status: 'filled',
  amount: decimal('0.002'),
  filled: decimal('0.002'),
  averagePrice: decimal('50000'),
  fills: [fill('1'), fill('2')],
};
const recordOrder = (order: OrderSnapshot, foundBy: 'answer' | 'lookup' = 'answer', attempt = 1): TradeCommand => ({
  type: 'RecordOrder',
  data: { attempt, order, foundBy },
});

describe('a requested trade', () => {
  it('is requested once, however often the signal arrives', () => {
    trade.given().when({ type: 'RequestTrade', data: facts.request }).then(requested);
    trade.given(requested).when({ type: 'RequestTrade', data: facts.request }).thenNothing();
  });

  it('commits its first attempt before anything may be sent', () => {
    trade.given(requested).when(submit(1)).then(submitted(1));
  });

  it('has one attempt under way at most', () => {
    trade.given(requested, submitted(1)).when(submit(2)).thenFails('trade.attempt_open');
    trade.given(requested, submitted(1), unknown(1)).when(submit(2)).thenFails('trade.attempt_open');
  });

  it('numbers its attempts without a gap', () => {
    trade.given(requested).when(submit(2)).thenFails('trade.attempt_out_of_order');
  });

  it('expires when its signal is older than a minute', () => {
    trade
      .given(requested)
      .when(submit(1, { now: facts.receivedAtMs + 60_001 }))
      .then(facts.expired('signal_too_old', 'The signal was older than 60 s before it could be sent.'));
  });

  it('says what kept it, when it expires', () => {
    trade
      .given(requested, submitted(1), notSent(1))
      .when(submit(2, { now: facts.receivedAtMs + 60_001 }))
      .then(
        facts.expired(
          'vault.away',
          'The signal was older than 60 s before it could be sent. Last obstacle: The key vault did not answer.',
        ),
      );
  });

  it('is denied for good', () => {
    trade.given(requested).when({ type: 'Deny', data: refusal }).then(facts.denied(refusal.reason, refusal.message));
    trade.given(requested, facts.denied('a', 'b')).when({ type: 'Deny', data: refusal }).thenNothing();
    trade.given(requested, facts.denied('a', 'b')).when(submit(1)).thenNothing();
  });

  it('must be requested before anything else', () => {
    trade.given().when(submit(1)).thenFails('trade.not_requested');
  });
});

describe('an attempt of which no byte left', () => {
  it('may be followed by another one', () => {
    trade
      .given(requested, submitted(1))
      .when({ type: 'RecordNotSent', data: { attempt: 1, final: false, ...refusal } })
      .then(notSent(1));
    trade.given(requested, submitted(1), notSent(1)).when(submit(2)).then(submitted(2));
  });

  it('ends the trade as denied when another one cannot help', () => {
    trade
      .given(requested, submitted(1))
      .when({ type: 'RecordNotSent', data: { attempt: 1, final: true, absenceIsProof: false, ...refusal } })
      .then(notSent(1), facts.denied(refusal.reason, refusal.message));
  });

  it('is not claimed once the outcome was given up on: somebody else may have sent it', () => {
    trade
      .given(requested, submitted(1), unknown(1))
      .when({ type: 'RecordNotSent', data: { attempt: 1, final: false, ...refusal } })
      .thenNothing();
  });

  it('is not repeated for ever', () => {
    const tries = Array.from({ length: maxAttempts }, (_, i) => [submitted(i + 1), notSent(i + 1)]).flat();
    trade
      .given(requested, ...tries)
      .when(submit(maxAttempts + 1))
      .then(
        facts.denied(
          'attempts_exhausted',
          `The order was not placed after ${maxAttempts} attempts; see its timeline for the answers.`,
        ),
      );
  });
});

describe('an attempt that the venue turned away', () => {
  it('leaves the trade waiting for another one', () => {
    trade
      .given(requested, submitted(1))
      .when({ type: 'RecordTurnedAway', data: { attempt: 1, reason: 'venue.rate_limited', message: 'Too many requests.' } })
      .then(turnedAway(1));
    trade.given(requested, submitted(1), turnedAway(1)).when(submit(2)).then(submitted(2));
  });

  it('is sent three times at most', () => {
    trade
      .given(requested, submitted(1), turnedAway(1), submitted(2), turnedAway(2), submitted(3), turnedAway(3))
      .when(submit(4))
      .then(facts.denied('attempts_exhausted', 'The order was not placed after 3 attempts; see its timeline for the answers.'));
  });
});

describe('a submitted order', () => {
  it('is accepted, filled and closed by one answer', () => {
    trade
      .given(requested, submitted())
      .when(recordOrder(whole))
      .then(accepted(), filled(fill('1')), filled(fill('2')), closed('filled', '0.002', '50000'));
  });

  it('is not rejected by a timeout, because the venue may hold it', () => {
    trade
      .given(requested, submitted())
      .when({ type: 'RecordUnknown', data: { attempt: 1, cause: 'timeout', venueSaidUnknown: false } })
      .then(unknown());
  });

  it('is rejected only by the venue', () => {
    trade
      .given(requested, submitted())
      .when({
        type: 'RecordRejected',
        data: {
          attempt: 1,
          reason: 'venue.insufficient_balance',
          message: 'Account has insufficient balance for requested action.',
          absenceIsProof: false,
        },
      })
      .then(rejected());
  });

  it('cannot be denied or expired while its outcome is open', () => {
    trade.given(requested, submitted()).when({ type: 'Deny', data: refusal }).thenFails('trade.attempt_open');
    trade.given(requested, submitted(), unknown()).when({ type: 'Expire', data: refusal }).thenFails('trade.attempt_open');
  });

  it('knows nothing of an attempt that was never recorded', () => {
    trade
      .given(requested)
      .when({ type: 'RecordRejected', data: { attempt: 1, ...refusal, absenceIsProof: true } })
      .thenFails('trade.attempt_unknown');
    trade
      .given(requested, submitted(1))
      .when({ type: 'RecordUnknown', data: { attempt: 2, cause: 'x', venueSaidUnknown: false } })
      .thenFails('trade.attempt_unknown');
    trade.given(requested).when(recordOrder(whole)).thenFails('trade.fill_before_submit');
  });

  it('takes no news about an older attempt', () => {
    trade
      .given(requested, submitted(1), turnedAway(1), submitted(2))
      .when({ type: 'RecordRejected', data: { attempt: 1, ...refusal, absenceIsProof: true } })
      .thenNothing();
  });

  it('ends canceled when the venue gave up on the rest', () => {
    trade
      .given(requested, submitted())
      .when(recordOrder({ ...whole, status: 'canceled', filled: decimal('0.001'), fills: [fill('1')] }))
      .then(accepted(), filled(fill('1')), closed('canceled', '0.001', '50000'));
  });
});

describe('an unknown order', () => {
  it('is settled by finding it', () => {
    trade
      .given(requested, submitted(), unknown())
      .when(recordOrder(whole, 'lookup'))
      .then(accepted(1, 'lookup'), filled(fill('1')), filled(fill('2')), closed('filled', '0.002', '50000'));
  });

  it('is absent only after three look-ups', () => {
    trade
      .given(requested, submitted(), unknown())
      .when({ type: 'RecordAbsence', data: { attempt: 1, lookups: 2 } })
      .thenFails('trade.absence_unproven');
    trade
      .given(requested, submitted())
      .when({ type: 'RecordAbsence', data: { attempt: 1, lookups: 3 } })
      .thenFails('trade.absence_unproven');
    trade
      .given(requested, submitted(), unknown())
      .when({ type: 'RecordAbsence', data: { attempt: 1, lookups: 3 } })
      .then(absenceProven());
  });

  it('is sent again after its absence was proven, while fresh', () => {
    trade.given(requested, submitted(), unknown(), absenceProven()).when(submit(2)).then(submitted(2));
  });

  it('is never sent again where absence can still turn into presence', () => {
    trade
      .given(requested, submitted(), unknown(), absenceProven())
      .when(submit(2, { resendAfterAbsence: false }))
      .then(
        facts.expired(
          'unproven',
          'The order was not found at the exchange, which cannot rule out that it still appears; it is not sent again.',
        ),
      );
  });

  it('waits longer once the venue itself said unknown', () => {
    trade
      .given(requested, submitted(), unknown(1, false))
      .when({ type: 'RecordUnknown', data: { attempt: 1, cause: 'timeout', venueSaidUnknown: true } })
      .then(unknown(1, true));
    trade
      .given(requested, submitted(), unknown(1, true))
      .when({ type: 'RecordUnknown', data: { attempt: 1, cause: 'timeout', venueSaidUnknown: false } })
      .thenNothing();
  });

  it('is unverifiable when its key is gone', () => {
    trade
      .given(requested, submitted(), unknown())
      .when({
        type: 'RecordUnverifiable',
        data: { attempt: 1, reason: 'vault.credential_not_found', message: 'The key was deleted.' },
      })
      .then(facts.unverifiable());
  });
});

describe('a trade in a database that was restored', () => {
  const suspect: TradeCommand = {
    type: 'SuspectLostAttempt',
    data: { leg: entryLeg, timestamp: facts.timestampOf(1), recvWindow: 5_000, side: 'buy' },
  };

  it('may have been sent in the history that was lost: it is looked up before anything is sent', () => {
    const { amount: _, quoteAmount: __, ...order } = { amount: undefined, ...facts.order };
    const lost: TradeEvent = {
      type: 'OrderSubmitted',
      v: 1,
      data: {
        tradeId: facts.tradeId,
        userId: facts.userId,
        leg: entryLeg,
        attempt: 1,
        timestamp: facts.timestampOf(1),
        recvWindow: 5_000,
        paramsHash: '0'.repeat(64),
        orderType: 'market',
        ...order,
      },
    };
    const outcomeUnknown: TradeEvent = {
      type: 'OrderOutcomeUnknown',
      v: 1,
      data: {
        tradeId: facts.tradeId,
        userId: facts.userId,
        leg: entryLeg,
        attempt: 1,
        cause: 'database_restored',
        venueSaidUnknown: false,
      },
    };
    trade.given(requested).when(suspect).then(lost, outcomeUnknown);
    trade.given(requested, lost, outcomeUnknown).when(submit(2)).thenFails('trade.attempt_open');
    trade.given(requested, lost, outcomeUnknown, absenceProven(1)).when(submit(2)).then(submitted(2));
  });

  it('is not suspected once its attempt is known', () => {
    trade.given(requested, submitted(1)).when(suspect).thenNothing();
  });
});

describe('an order that the venue refuses after it took it in', () => {
  const why = { reason: 'venue.order_refused', message: 'Refused by the engine.' };
  const refused = { orderId: '900001', status: 'rejected' as const, filled: decimal('0'), fills: [], refusal: why };
  const rejectedLater: TradeEvent = { ...rejected(), data: { ...rejected().data, ...why } } as TradeEvent;

  it('is rejected, whether it was accepted before or its outcome was unknown', () => {
    trade.given(requested, submitted(), accepted()).when(recordOrder(refused, 'lookup')).then(rejectedLater);
    trade.given(requested, submitted(), unknown()).when(recordOrder(refused, 'lookup')).then(rejectedLater);
  });

  it('is canceled where something was executed: what was executed stands', () => {
    trade
      .given(requested, submitted(), accepted(), filled(fill('1')))
      .when(recordOrder({ ...refused, filled: decimal('0.001') }, 'lookup'))
      .then({ ...closed('canceled', '0.001'), data: { ...closed('canceled', '0.001').data, ...why } } as TradeEvent);
  });

  it('is rejected once, and never after it was filled', () => {
    trade.given(requested, submitted(), rejectedLater).when(recordOrder(refused, 'lookup')).thenNothing();
    trade
      .given(requested, submitted(), accepted(), filled(fill('1')), closed('filled', '0.001'))
      .when(recordOrder(refused, 'lookup'))
      .thenNothing();
    trade
      .given(requested, submitted(), accepted())
      .when(recordOrder({ ...refused, orderId: '900002' }, 'lookup'))
      .thenNothing();
  });
});

describe('a late fact', () => {
  const late: TradeCommand = { type: 'RecordFills', data: { fills: [fill('1')] } };

  it('is recorded whatever was believed before', () => {
    trade
      .given(requested, submitted(), rejected())
      .when(late)
      .then(filled(fill('1')));
    trade
      .given(requested, submitted(), unknown())
      .when(late)
      .then(filled(fill('1')));
    trade
      .given(requested, submitted(), unknown(), facts.unverifiable())
      .when(late)
      .then(filled(fill('1')));
    trade
      .given(requested, submitted(), unknown(), absenceProven(), facts.expired('a', 'b'))
      .when(recordOrder(whole, 'lookup'))
      .then(accepted(1, 'lookup'), filled(fill('1')), filled(fill('2')), closed('filled', '0.002', '50000'));
  });

  it('is counted once', () => {
    trade
      .given(requested, submitted(), accepted(), filled(fill('1')))
      .when(late)
      .thenNothing();
    trade
      .given(requested, submitted(), accepted(), filled(fill('1')), filled(fill('2')), closed('filled', '0.002'))
      .when(recordOrder(whole, 'lookup'))
      .thenNothing();
  });

  it('does not reject what was accepted', () => {
    trade
      .given(requested, submitted(), accepted())
      .when({ type: 'RecordRejected', data: { attempt: 1, ...refusal, absenceIsProof: true } })
      .thenNothing();
  });

  it('does not close the order on record with another one', () => {
    trade
      .given(requested, submitted(), accepted())
      .when(recordOrder({ ...whole, orderId: '900002', fills: [] }, 'lookup'))
      .thenNothing();
  });

  it('needs an order', () => {
    trade.given(requested).when(late).thenFails('trade.fill_before_submit');
  });
});
