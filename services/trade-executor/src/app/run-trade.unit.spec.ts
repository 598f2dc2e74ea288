import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { withPositionMode } from '../domain/settlement/outcome.js';
import type { OrderDraft, OrderSnapshot } from '../domain/trade/commands.js';
import { figuresOf } from '../domain/trade/view.js';
import { createPositionModes } from './position-modes.js';
import { playTrade, type Answer, type Scene } from './testing/trade-bench.js';

const order = (over: Partial<OrderSnapshot> = {}): OrderSnapshot => ({
  orderId: '1',
  status: 'filled',
  filled: decimal('0.1'),
  fills: [],
  ...over,
});
const placed = (over: Partial<OrderSnapshot> = {}): Answer => ({ outcome: 'placed', order: order(over) });
const acknowledged = placed({ status: 'open', filled: decimal('0') });
const unreachable: Answer = { outcome: 'not_sent', reason: 'venue.unreachable', message: 'Nothing was sent.' };
const unknown = { outcome: 'unknown', cause: 'timeout', venueSaidUnknown: false } as const;
const found = (over: Partial<OrderSnapshot>) => ({ outcome: 'found' as const, order: order(over) });
const allOfIt = [
  { orderId: '1', fillId: 'all', amount: decimal('0.1'), price: decimal('60000'), at: '2026-01-15T12:00:01.000Z' },
];

describe('a venue that cannot be reached', () => {
  it('for half a minute delays the order, and does not use its attempts up', async () => {
    const { trade } = await playTrade({ answer: (_order, seconds) => (seconds < 30 ? unreachable : placed()) });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
  });

  it('as long as the signal is fresh ends in a trade that expires with that reason, when its minute is over', async () => {
    const { trade, endedAt } = await playTrade({ answer: () => unreachable });
    expect(trade).toMatchObject({ status: 'expired', reason: 'venue.unreachable' });
    expect(Math.round(endedAt)).toBe(60);
  });
});

describe('an account that is sent too many orders at once', () => {
  it.each(['venue.rate_limited', 'venue.too_many_orders'])(
    'gets this one seconds later, not three times at once (%s)',
    async (reason) => {
      const limited: Answer = { outcome: 'turned_away', reason, message: 'Too many.' };
      const { trade, sent } = await playTrade({ answer: (_order, seconds) => (seconds < 4 ? limited : placed()) });
      expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
      expect(sent.map(({ at }) => at)).toEqual([0, 1, 5]);
    },
  );
});

describe('an unknown order of which the venue tells nothing of use', () => {
  it('ends unverifiable after a day', async () => {
    const { trade, endedAt } = await playTrade({
      answer: () => unknown,
      lookup: () => ({ outcome: 'unavailable', reason: 'venue.unavailable', message: 'No answer.' }),
    });
    expect(trade).toMatchObject({ status: 'unverifiable', reason: 'venue.unavailable' });
    expect(Math.round(endedAt / 3_600)).toBe(24);
  });
});

describe('a market that takes base units alone', () => {
  const spend100: Scene = {
    answer: () => placed(),
    rules: { takesQuoteAmount: false },
    price: () => '30000',
  };

  it('gets what the amount buys at the public price, rounded down', async () => {
    const { sent } = await playTrade(spend100);
    expect(sent.map((one) => one.order)).toMatchObject([{ amount: '0.003' }]);
    expect(sent[0]?.order).not.toHaveProperty('quoteAmount');
  });

  it('waits for a price that is not told yet', async () => {
    const { sent } = await playTrade({ ...spend100, price: (seconds) => (seconds < 12 ? undefined : '30000') });
    expect(sent).toMatchObject([{ at: 12, order: { amount: '0.003' } }]);
  });

  it('without a price expires for that reason, and nothing was sent', async () => {
    const { trade, sent } = await playTrade({ ...spend100, price: () => undefined });
    expect(trade).toMatchObject({ status: 'expired', reason: 'venue.price_unknown' });
    expect(sent).toHaveLength(0);
  });
});

describe('an account in hedge mode', () => {
  const refused = (draft: OrderDraft): Answer =>
    withPositionMode({ outcome: 'turned_away', reason: 'venue.position_mode', message: 'Not this form.' }, draft);
  const hedge = (draft: OrderDraft): Answer => (draft.positionSide === undefined ? refused(draft) : placed());
  const oneWay = (draft: OrderDraft): Answer => (draft.positionSide === undefined ? placed() : refused(draft));
  const linear = (action: 'buy' | 'sell') => ({ marketType: 'linear' as const, action });

  it.each([
    ['buy', 'long'],
    ['sell', 'short'],
  ] as const)('is learnt from its first refusal: a %s opens the %s position, at once', async (side, positionSide) => {
    const { trade, sent, endedAt } = await playTrade({ answer: hedge, request: linear(side) });
    expect(sent.map((one) => one.order.positionSide)).toEqual([undefined, positionSide]);
    expect(trade).toMatchObject({ status: 'closed', attempt: { attempt: 2, positionSide } });
    expect(endedAt).toBe(0);
  });

  it('is remembered for that account alone, until it says otherwise', async () => {
    const positionModes = createPositionModes();
    const sides = async (answer: typeof hedge, user: string) =>
      (await playTrade({ answer, positionModes, request: { ...linear('buy'), userId: user as never } })).sent.map(
        (one) => one.order.positionSide,
      );
    expect(await sides(hedge, 'user-1')).toEqual([undefined, 'long']);
    expect(await sides(hedge, 'user-1')).toEqual(['long']);
    expect(await sides(oneWay, 'user-2')).toEqual([undefined]);
    expect(await sides(oneWay, 'user-1')).toEqual(['long', undefined]);
    expect(await sides(oneWay, 'user-1')).toEqual([undefined]);
  });

  it('whose other symbols are kept the other way loses no order to what those teach meanwhile', async () => {
    const positionModes = createPositionModes();
    // Between two attempts of this trade, another one of the account is refused for naming a side.
    const learn: typeof positionModes.learn = (of, mode) => {
      positionModes.learn(of, mode);
      positionModes.learn(of, 'one_way');
    };
    const { trade, sent } = await playTrade({
      answer: hedge,
      positionModes: { ...positionModes, learn },
      request: linear('buy'),
    });
    expect(sent.map((one) => one.order.positionSide)).toEqual([undefined, 'long']);
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
  });

  it('that refuses both forms is not asked for ever', async () => {
    const { trade, sent } = await playTrade({ answer: refused, request: linear('buy') });
    expect(sent).toHaveLength(3);
    expect(trade).toMatchObject({ status: 'denied', reason: 'attempts_exhausted' });
  });

  it('does not concern its spot market', async () => {
    const positionModes = createPositionModes();
    await playTrade({ answer: hedge, positionModes, request: linear('buy') });
    const { sent } = await playTrade({ answer: () => placed(), positionModes });
    expect(sent.map((one) => one.order.positionSide)).toEqual([undefined]);
  });
});

describe('an order that the venue only acknowledged', () => {
  it('is read at once, because it is filled within milliseconds', async () => {
    const { trade, lookedAt } = await playTrade({ answer: () => acknowledged, lookup: () => found({}), fills: allOfIt });
    expect(lookedAt).toEqual([0]);
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled', venueFilled: '0.1' });
  });

  it('is read after 0, 100 and 300 ms, and then with growing pauses', async () => {
    const { lookedAt } = await playTrade({
      answer: () => acknowledged,
      lookup: (look) => found(look < 6 ? { status: 'open', filled: decimal('0') } : {}),
      fills: allOfIt,
    });
    expect(lookedAt).toEqual([0, 0.1, 0.4, 0.9, 1.9, 3.9]);
  });

  it('and refused later ends rejected, with the venue’s reason', async () => {
    const refusal = { reason: 'venue.insufficient_balance', message: 'Too little.' };
    const { trade, types } = await playTrade({
      answer: () => acknowledged,
      lookup: () => found({ status: 'rejected', filled: decimal('0'), refusal }),
    });
    expect(trade).toMatchObject({ status: 'rejected', ...refusal });
    expect(types).toEqual(['OrderSubmitted', 'OrderAccepted', 'OrderRejected']);
  });

  it('and canceled by the venue ends canceled, with what was filled and why', async () => {
    const refusal = { reason: 'venue.order_expired', message: 'Nothing left to fill it with.' };
    const { trade } = await playTrade({
      answer: () => acknowledged,
      lookup: () => found({ status: 'canceled', filled: decimal('0.04'), averagePrice: decimal('60000'), refusal }),
    });
    expect(figuresOf(trade, '01', 'cid')).toMatchObject({
      status: 'canceled',
      filled: '0.04',
      averagePrice: '60000',
      reason: 'venue.order_expired',
    });
  });
});

describe('a market that this process does not serve', () => {
  it('denies what was not sent yet', async () => {
    const { trade, sent } = await playTrade({ answer: () => placed(), served: () => false });
    expect(trade).toMatchObject({ status: 'denied', reason: 'venue.not_supported' });
    expect(sent).toHaveLength(0);
  });

  it.each<[string, Answer]>([
    ['was taken', acknowledged],
    ['has an unknown outcome', unknown],
  ])('leaves an order that %s as it is, until somebody who serves it goes on', async (_what, answer) => {
    let isSent = false;
    const { trade, endedAt } = await playTrade({
      answer: () => {
        isSent = true;
        return answer;
      },
      served: (seconds) => !isSent || seconds > 300,
      lookup: (_look, seconds) => (seconds > 300 ? found({}) : found({ status: 'open', filled: decimal('0') })),
    });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
    expect(endedAt).toBeGreaterThan(300);
  });
});

describe('an order that was taken and cannot be read any more', () => {
  const refused = { outcome: 'refused', reason: 'venue.key_refused', message: 'Invalid key.' } as const;
  const absent = { outcome: 'absent', reason: 'venue.order_not_found', message: 'Not found.' } as const;
  const away = { outcome: 'unavailable', reason: 'venue.unavailable', message: 'No answer.' } as const;
  const fill = {
    orderId: '1',
    fillId: 'f1',
    amount: decimal('0.04'),
    price: decimal('60000'),
    at: new Date(0).toISOString(),
  };
  const open = found({ status: 'open', filled: decimal('0.04') });

  it('because its key was revoked ends unverifiable within half a minute', async () => {
    const { trade, types, endedAt } = await playTrade({ answer: () => acknowledged, lookup: () => refused });
    expect(trade).toMatchObject({ status: 'unverifiable', reason: 'venue.key_refused' });
    expect(types).toEqual(['OrderSubmitted', 'OrderAccepted', 'OrderUnverifiable']);
    // Not before the attempt's window and the time to settle are over: a key that is being replaced is refused for a moment too.
    expect(endedAt).toBeGreaterThan(15);
    expect(endedAt).toBeLessThan(30);
  });

  it('keeps what was seen of it until then', async () => {
    const { trade } = await playTrade({
      answer: () => acknowledged,
      lookup: (look) => (look === 1 ? open : refused),
      fills: [fill],
    });
    expect(figuresOf(trade, '01', 'cid')).toMatchObject({
      status: 'unverifiable',
      filled: '0.04',
      averagePrice: '60000',
      orders: [{ orderId: '1', filled: '0.04' }],
    });
  });

  it('for a moment alone is followed on', async () => {
    const { trade } = await playTrade({
      answer: () => acknowledged,
      lookup: (look, seconds) => (seconds > 60 ? found({}) : look % 3 === 0 ? open : refused),
    });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
  });

  it('because the venue lists it no more ends unverifiable, after an hour in which it was never seen', async () => {
    const { trade, types, endedAt, lookedAt } = await playTrade({ answer: () => acknowledged, lookup: () => absent });
    expect(trade).toMatchObject({ status: 'unverifiable', reason: 'venue.order_not_found' });
    expect(types).toEqual(['OrderSubmitted', 'OrderAccepted', 'OrderUnverifiable']);
    expect(endedAt).toBeGreaterThanOrEqual(3_600);
    expect(endedAt).toBeLessThan(3_700);
    expect(lookedAt.length).toBeLessThan(140);
  });

  it('and is listed late is closed like any other', async () => {
    const { trade } = await playTrade({
      answer: () => acknowledged,
      lookup: (_look, seconds) => (seconds < 3_000 ? absent : found({})),
    });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
  });

  it('because the venue answers nothing of use ends unverifiable after a day', async () => {
    const { trade, endedAt } = await playTrade({ answer: () => acknowledged, lookup: () => away });
    expect(trade).toMatchObject({ status: 'unverifiable', reason: 'venue.unavailable' });
    expect(Math.round(endedAt / 3_600)).toBe(24);
  });
});

describe('an order that is not found after an unknown outcome', () => {
  it('is sent again where the venue cannot take the first one any more', async () => {
    const answers = [unknown, placed()];
    const { trade, types } = await playTrade({ answer: () => answers.shift() ?? unknown });
    expect(trade).toMatchObject({ status: 'closed', attempts: 2 });
    expect(types).toContain('OrderAbsenceProven');
  });

  it.each([
    ['at once', false],
    ['after a minute, when its signal is too old as well', true],
  ])('ends unproven where that is not certain: %s', async (_when, venueSaidUnknown) => {
    const { trade, sent, types } = await playTrade({
      answer: () => ({ ...unknown, venueSaidUnknown }),
      resendAfterAbsence: false,
      request: { marketType: 'linear' },
    });
    expect(trade).toMatchObject({ status: 'expired', reason: 'unproven' });
    expect(sent).toHaveLength(1);
    expect(types.slice(-2)).toEqual(['OrderAbsenceProven', 'TradeExpired']);
  });

  describe('where it may still appear, though a second one could only be a duplicate of it', () => {
    const refusedLimit: Answer = { outcome: 'turned_away', reason: 'venue.rate_limited', message: 'Too many.' };
    const duplicate = { outcome: 'unknown', cause: 'duplicate_client_order_id', venueSaidUnknown: false } as const;
    const play = (scene: Scene) => playTrade({ ...scene, absenceIsProof: false });

    it('is sent again while its signal is fresh', async () => {
      const answers = [unknown, placed()];
      const { trade, sent } = await play({ answer: () => answers.shift() ?? unknown });
      expect(trade).toMatchObject({ status: 'closed' });
      expect(sent).toHaveLength(2);
    });

    it.each<[string, () => Scene]>([
      ['the signal is too old by then', () => ({ answer: () => ({ ...unknown, venueSaidUnknown: true }) })],
      [
        'the next attempts are turned away',
        () => {
          const answers: Answer[] = [unknown];
          return { answer: () => answers.shift() ?? refusedLimit };
        },
      ],
      [
        'the venue says that it has one, and never lists it',
        () => {
          const answers: Answer[] = [unknown];
          return { answer: () => answers.shift() ?? duplicate };
        },
      ],
    ])('ends unproven, so that it is watched, when %s', async (_when, scene) => {
      const { trade } = await play(scene());
      expect(trade).toMatchObject({ status: 'expired', reason: 'unproven' });
    });
  });
});
