import { decimal, tradeIdOf, zero, type TradeId } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { roundDown } from '../domain/sizing/lots.js';
import { partToClose } from '../domain/sizing/part-to-close.js';
import { tradeDecider } from '../domain/trade/decide.js';
import { denied, request } from '../domain/trade/testing/trade-facts.js';
import type { Trade } from '../domain/trade/state.js';
import type { Holding, OtherTrade } from './ports/holdings.js';
import { playTrade, type Answer, type Scene } from './testing/trade-bench.js';

const placed: Answer = { outcome: 'placed', order: { orderId: '1', status: 'filled', filled: decimal('0.1'), fills: [] } };
const owning = (owned: string, others: readonly OtherTrade[] = []): Holding => ({
  owned: decimal(owned),
  lastSequence: undefined,
  laterActionSent: false,
  others,
});
const afterExit = tradeIdOf({ ...request, actionIndex: 9 });
const linear = { marketType: 'linear', sizing: { mode: 'base_amount', value: decimal('0.5') } } as const;
const play = (asked: Scene['request'], owned: string | NonNullable<Scene['holding']>, scene: Partial<Scene> = {}) =>
  playTrade({
    answer: () => placed,
    rules: { takesQuoteAmount: false },
    price: () => '60000',
    request: { ...linear, ...asked },
    holding: typeof owned === 'string' ? () => owning(owned) : owned,
    ...scene,
  });
const sentBy = ({ sent }: Awaited<ReturnType<typeof play>>) =>
  sent.map(({ order: { side, amount, reduceOnly } }) => [side, amount, reduceOnly ?? false]);

/** An exit of before, as the record has it: an order of this side that was filled, or none. */
const exited = (side: 'buy' | 'sell' | undefined): Trade => {
  const requested: Trade = tradeDecider.evolve(tradeDecider.initial, {
    type: 'TradeRequested',
    v: 2,
    data: { ...request, tradeId: afterExit, action: 'exit' },
  });
  if (side === undefined || requested.status !== 'requested')
    return tradeDecider.evolve(requested, denied('nothing_to_close', 'Nothing.'));
  const { request: asked, earlier, attempts, sends, absences } = requested;
  const attempt = { tradeId: afterExit, userId: asked.userId, leg: 'e0', attempt: 1, side } as never;
  const counted = { request: asked, earlier, attempts, sends, absences, attempt };
  return { ...counted, status: 'closed', outcome: 'filled', orderId: '7', fills: [], venueFilled: decimal('0.3') };
};

describe('an addition', () => {
  it.each([
    ['0.3', undefined, [['buy', '0.5', false]]],
    ['-0.3', undefined, [['sell', '0.5', false]]],
    ['-0.3', 'short', [['sell', '0.5', false]]],
  ] as const)('to %s on side %s follows what is owned', async (owned, positionSide, sent) => {
    expect(sentBy(await play({ action: 'add', ...(positionSide && { positionSide }) }, owned))).toEqual(sent);
  });

  it.each([
    ['0', undefined],
    ['0.3', 'short'],
    ['-0.3', 'long'],
  ] as const)('to %s on side %s opens nothing', async (owned, positionSide) => {
    const { trade, sent } = await play({ action: 'add', ...(positionSide && { positionSide }) }, owned);
    expect(trade).toMatchObject({ status: 'denied', reason: 'nothing_to_add_to' });
    expect(sent).toEqual([]);
  });
});

describe('a reversal', () => {
  it.each([
    ['sell', 'sell'],
    ['buy', 'buy'],
  ] as const)('opens the other side of what its exit closed by a %s', async (closedBy, side) => {
    const played = await play({ action: 'reverse', afterExit }, '0', { exit: () => exited(closedBy) });
    expect(sentBy(played)).toEqual([[side, '0.5', false]]);
  });

  it('of nothing opens nothing', async () => {
    const { trade } = await play({ action: 'reverse', afterExit }, '0', { exit: () => exited(undefined) });
    expect(trade).toMatchObject({ status: 'denied', reason: 'nothing_to_reverse' });
  });
});

describe('an entry that is for one side', () => {
  it('goes when nothing is held on the other', async () => {
    expect(sentBy(await play({ action: 'buy', positionSide: 'long' }, '0.3'))).toEqual([['buy', '0.5', false]]);
  });

  it('is denied while something is, which its exit could not close', async () => {
    const { trade, sent } = await play({ action: 'buy', positionSide: 'long', afterExit }, '-0.1', { exit: () => exited('buy') });
    expect(trade).toMatchObject({ status: 'denied', reason: 'position_not_closed' });
    expect(sent).toEqual([]);
  });

  it('waits while its exit still looks out for what may turn up, and goes when that is closed', async () => {
    const resting = tradeDecider.evolve(exited(undefined), {
      type: 'TradeRequested',
      v: 2,
      data: { ...request, action: 'exit' },
    });
    const holding = (seconds: number) => owning(seconds < 5 ? '-0.1' : '0');
    const { sent } = await play({ action: 'buy', positionSide: 'long', afterExit }, holding, { exit: () => resting });
    expect(sent).toMatchObject([{ order: { side: 'buy', amount: '0.5' } }]);
    expect(sent[0]?.at).toBeGreaterThanOrEqual(5);
  });

  it('expires with that reason where it is not closed in time', async () => {
    const resting = tradeDecider.evolve(exited(undefined), {
      type: 'TradeRequested',
      v: 2,
      data: { ...request, action: 'exit' },
    });
    const { trade, sent } = await play({ action: 'buy', positionSide: 'long', afterExit }, '-0.1', { exit: () => resting });
    expect(trade).toMatchObject({ status: 'expired', reason: 'position_not_closed' });
    expect(sent).toEqual([]);
  });

  it('cannot be short on spot', async () => {
    const { trade } = await play({ action: 'sell', positionSide: 'short', marketType: 'spot' }, '0');
    expect(trade).toMatchObject({ status: 'denied', reason: 'market.no_short' });
  });

  it('may be a plain order, which nets: whatever is held', async () => {
    expect(sentBy(await play({ action: 'buy' }, '-0.3'))).toEqual([['buy', '0.5', false]]);
  });
});

describe('a reduction', () => {
  const reduce = { action: 'reduce' } as const;
  it.each([
    ['0.4', { alertQuantity: decimal('0.1') }, [['sell', '0.1', true]]],
    ['-0.4', { alertQuantity: decimal('0.1') }, [['buy', '0.1', true]]],
    ['0.4', { alertQuantity: decimal('9') }, [['sell', '0.4', true]]],
    ['0.4', { alertQuantity: decimal('25'), alertUnit: 'position_percent' }, [['sell', '0.1', true]]],
    ['0.4', { alertQuantity: decimal('9'), percent: decimal('25') }, [['sell', '0.1', true]]],
    ['0.4', { alertQuantity: decimal('0.3'), percent: decimal('25'), sizing: { mode: 'alert' } }, [['sell', '0.3', true]]],
    ['0.4', { percent: decimal('33.333333333333') }, [['sell', '0.133', true]]],
  ] as const)('of %s closes its part and no more, %#', async (owned, size, sent) => {
    expect(sentBy(await play({ ...reduce, ...size }, owned))).toEqual(sent);
  });

  it.each([
    ['0', {}, 'nothing_to_close'],
    ['0.4', { positionSide: 'short' }, 'nothing_to_close'],
    ['0.0004', {}, 'dust_below_minimum'],
    ['0.4', { alertQuantity: undefined }, 'sizing.quantity_missing'],
  ] as const)('of %s is denied where there is nothing of it to close, %#', async (owned, over, reason) => {
    const { trade, sent } = await play({ ...reduce, alertQuantity: decimal('0.1'), ...over }, owned);
    expect(trade).toMatchObject({ status: 'denied', reason });
    expect(sent).toEqual([]);
  });

  it('waits for an exit that is under way', async () => {
    const exit: OtherTrade = {
      tradeId: '0192f0c1-9999-5111-8111-000000000001' as TradeId,
      action: 'exit',
      ordinal: 9,
      sequence: 9,
      status: 'submitted',
      unproven: false,
      side: 'sell',
      amount: decimal('0.4'),
      filled: zero,
    };
    const holding = (seconds: number) => (seconds < 3 ? owning('0.4', [exit]) : owning('0'));
    const { trade, sent } = await play({ ...reduce, alertQuantity: decimal('0.1') }, holding);
    expect(trade).toMatchObject({ status: 'denied', reason: 'nothing_to_close' });
    expect(sent).toEqual([]);
  });

  it('by the share that a strategy closed is the same number of lots, whatever the share comes to', () => {
    const lots = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(lots, fc.integer({ min: 2, max: 97 }), fc.integer({ min: 1, max: 96 }), (k, before, closed) => {
        fc.pre(closed < before);
        // As the gateway writes it: twelve places, the last rounded up.
        const exact = (closed * 100) / before;
        const percent = decimal((Math.ceil(exact * 1e9) / 1e9).toFixed(9));
        const owned = decimal(String((k * before) / 1_000));
        const part = partToClose({ sizing: { mode: 'base_amount', value: decimal('1') }, percent }, owned);
        expect(roundDown(part ?? zero, [{ step: decimal('0.001') }])).toBe(decimal(String((k * closed) / 1_000)));
      }),
    );
  });

  it('is never more than what is owned, nor on its other side, whatever it names', () => {
    const thousandths = (min: number) => fc.integer({ min, max: 5_000 }).map((n) => decimal(String(n / 1_000)));
    const size = fc.record({
      alertQuantity: fc.option(thousandths(1), { nil: undefined }),
      alertUnit: fc.constantFrom(undefined, 'base', 'position_percent'),
      percent: fc.option(thousandths(1), { nil: undefined }),
      sizing: fc.constantFrom({ mode: 'alert' }, { mode: 'base_amount', value: decimal('1') }),
    });
    fc.assert(
      fc.property(size as never, thousandths(-5_000), (asked: never, owned) => {
        const part = partToClose(asked, owned);
        if (part === undefined) return;
        expect(Math.abs(Number(part))).toBeLessThanOrEqual(Math.abs(Number(owned)));
        expect(Number(part) * Number(owned)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('what its alert asked to wait', () => {
  it('is as old as it is since then', async () => {
    const notBefore = new Date(Date.parse(request.receivedAt) + 90_000).toISOString();
    const size = { sizing: { mode: 'quote_amount', value: decimal('100') } } as const;
    const { trade, endedAt } = await play({ notBefore, ...size }, '0', { price: () => undefined });
    expect(trade).toMatchObject({ status: 'expired', reason: 'venue.price_unknown' });
    expect(Math.round(endedAt)).toBe(150);
  });
});

describe('an exit of one side', () => {
  const under = (side: 'buy' | 'sell'): OtherTrade => ({
    tradeId: '0192f0c1-9999-5111-8111-000000000002' as TradeId,
    action: side,
    ordinal: 0,
    sequence: 1,
    status: 'submitted',
    unproven: false,
    side,
    amount: decimal('0.4'),
    filled: zero,
  });

  it('does not wait for an order that cannot add to that side', async () => {
    const { trade, endedAt } = await play({ action: 'exit', positionSide: 'short' }, () => owning('0', [under('buy')]));
    expect(trade).toMatchObject({ status: 'denied', reason: 'nothing_to_close' });
    expect(endedAt).toBe(0);
  });

  it('waits for one that can, and closes what came of it', async () => {
    const holding = (seconds: number) => (seconds < 8 ? owning('0', [under('sell')]) : owning('-0.4'));
    const { sent } = await play({ action: 'exit', positionSide: 'short' }, holding);
    expect(sent).toMatchObject([{ order: { side: 'buy', amount: '0.4', reduceOnly: true } }]);
  });

  it('closes nothing of the other', async () => {
    const { trade, sent } = await play({ action: 'exit', positionSide: 'short' }, '0.4');
    expect(trade).toMatchObject({ status: 'denied', reason: 'nothing_to_close' });
    expect(sent).toEqual([]);
  });
});
