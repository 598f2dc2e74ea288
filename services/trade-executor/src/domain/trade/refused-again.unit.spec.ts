import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import type { TradeCommand } from './commands.js';
import { tradeDecider } from './decide.js';
import { unprovenOf } from './policy.js';
import { absenceProven, expired, rejected, request, requested, submitted, turnedAway, unknown } from './testing/trade-facts.js';

const trade = specFor(tradeDecider);
const again = [requested, submitted(1), unknown(1), absenceProven(1), submitted(2)] as const;
const refused = (reason: string, message: string, absenceIsProof: boolean): TradeCommand => ({
  type: 'RecordRejected',
  data: { attempt: 2, reason, message, absenceIsProof },
});

describe('a second attempt that the venue refuses', () => {
  it('does not end what the first may still become, where not finding it proves nothing', () => {
    const unproven = unprovenOf(request);
    trade
      .given(...again)
      .when(refused('venue.rate_limited', 'Too many requests.', false))
      .then(turnedAway(2), expired(unproven.reason, unproven.message));
  });

  it('ends the trade where the first cannot appear any more', () => {
    trade
      .given(...again)
      .when(refused('venue.insufficient_balance', 'Account has insufficient balance for requested action.', true))
      .then(rejected(2));
  });
});
