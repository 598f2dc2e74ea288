import { decimal, replay } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { TradeCommand } from './commands.js';
import { tradeDecider } from './decide.js';
import type { TradeEvent } from './events.js';
import { statusOf } from './figures.js';
import { accepted, closed, fill, filled, rejected, requested, submitted, unverifiable } from './testing/trade-facts.js';

const trade = specFor(tradeDecider);
const giveUp: TradeCommand = {
  type: 'RecordUnverifiable',
  data: { attempt: 1, reason: 'vault.credential_not_found', message: 'The key was deleted.' },
};
const seenAgain: TradeCommand = {
  type: 'RecordOrder',
  data: {
    attempt: 1,
    foundBy: 'lookup',
    order: {
      orderId: '900001',
      status: 'filled',
      amount: decimal('0.002'),
      filled: decimal('0.002'),
      averagePrice: decimal('50000'),
      fills: [fill('1'), fill('2')],
    },
  },
};

describe('an order that the venue took and whose end can no longer be learnt', () => {
  it('is unverifiable, also when some of it was executed', () => {
    trade.given(requested, submitted(), accepted()).when(giveUp).then(unverifiable());
    trade
      .given(requested, submitted(), accepted(), filled(fill('1')))
      .when(giveUp)
      .then(unverifiable());
  });

  it('is not, once its end is known', () => {
    trade.given(requested, submitted(), accepted(), closed('filled', '0.002')).when(giveUp).thenNothing();
    trade.given(requested, submitted(), rejected()).when(giveUp).thenNothing();
  });

  it('counts each execution once when it is seen again', () => {
    trade
      .given(requested, submitted(), accepted(), filled(fill('1')), unverifiable())
      .when(seenAgain)
      .then(accepted(1, 'lookup'), filled(fill('2')), closed('filled', '0.002', '50000'));
  });

  it('stays closed when a restored database gets that news back after the end was found out', () => {
    const events: readonly TradeEvent[] = [
      requested,
      submitted(),
      accepted(),
      filled(fill('1', '0.002')),
      closed('filled', '0.002'),
      unverifiable(),
    ];
    expect(statusOf(replay(tradeDecider, events))).toBe('filled');
  });
});
