import { add, decimal, isZero, multiply, negate, subtract, sum, zero, type Decimal, type TradeId } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { averageOf, countFrom, flat, inOrder, unrealisedOf, type TradeExecution } from './count.js';

let ids = 0;
const execution = (change: string, price: string | undefined, over: Partial<TradeExecution> = {}): TradeExecution => ({
  tradeId: '0192f0c1-1111-5111-8111-000000000001' as TradeId,
  leg: 'e0',
  fillId: String((ids += 1)),
  at: '2026-01-15T12:00:00.000Z',
  change: decimal(change),
  ...(price !== undefined && { price: decimal(price) }),
  ...over,
});
const fee = (amount: string, asset = 'USDT') => ({ fees: [{ asset, amount: decimal(amount), value: decimal(amount) }] });
const last = (...executions: readonly TradeExecution[]) => countFrom(flat, executions).at(-1);

describe('executions at average cost', () => {
  it('move the average while they open, and realise nothing', () => {
    const counted = last(execution('1', '100'), execution('3', '120'));
    expect(counted).toMatchObject({ realised: '0', closed: '0', after: { quantity: '4', cost: '460' } });
    expect(averageOf(counted!.after)).toBe('115');
  });

  it('realise the difference to the average when they close, and leave it as it is', () => {
    const counted = last(execution('1', '100'), execution('3', '120'), execution('-1', '125'));
    expect(counted).toMatchObject({ realised: '10', closed: '1', after: { quantity: '3', cost: '345' } });
    expect(averageOf(counted!.after)).toBe('115');
  });

  it('do so for what was sold first, the other way round', () => {
    const counted = last(execution('-2', '100'), execution('1', '90'));
    expect(counted).toMatchObject({ realised: '10', closed: '1', after: { quantity: '-1', cost: '-100' } });
    expect(averageOf(counted!.after)).toBe('100');
    expect(unrealisedOf(counted!.after, decimal('95'))).toBe('5');
  });

  it('that cross zero close the one side and open the other', () => {
    const counted = last(execution('1', '100'), execution('-3', '110'));
    expect(counted).toMatchObject({ realised: '10', closed: '1', after: { quantity: '-2', cost: '-220' } });
  });

  it('pay their fees when they are taken, an opening too', () => {
    expect(last(execution('1', '100', fee('0.1')))).toMatchObject({ realised: '-0.1', feeValue: '0.1' });
    expect(last(execution('1', '100'), execution('-1', '101', fee('0.2')))).toMatchObject({ realised: '0.8', feeValue: '0.2' });
    const unvalued = { fees: [{ asset: 'BNB', amount: decimal('0.1') }] };
    expect(last(execution('1', '100', unvalued))).toMatchObject({ realised: '0', feeValue: '0' });
  });

  it('make nothing where no price was told', () => {
    expect(last(execution('1', '100'), execution('-1', undefined))).toMatchObject({ realised: '0', after: flat });
  });

  it('leave no cost behind, however the average came out', () => {
    const counted = countFrom(flat, [
      execution('3', '100'),
      execution('-1', '101'),
      execution('-1', '102'),
      execution('-1', '103'),
    ]);
    expect(counted.at(-1)?.after).toEqual(flat);
    expect(sum(counted.map(({ realised }) => realised))).toBe('6');
  });
});

const amount = fc.integer({ min: -500, max: 500 }).filter((n) => n !== 0);
const many = fc.array(
  fc.record({ change: amount, price: fc.integer({ min: 1, max: 90_000 }), fee: fc.integer({ min: -3, max: 9 }), at: fc.nat(20) }),
  { minLength: 1, maxLength: 25 },
);
const thousandths = (n: number): Decimal => decimal((n / 1_000).toFixed(3));
const executionsFrom = (
  facts: readonly { change: number; price: number; fee: number; at: number }[],
): readonly TradeExecution[] =>
  facts.map(({ change, price, fee: taken, at }, i) =>
    execution(thousandths(change), String(price), {
      fillId: `f${i}`,
      at: new Date(Date.UTC(2026, 0, 15, 0, 0, at)).toISOString(),
      ...fee(thousandths(taken)),
    }),
  );

describe('any executions', () => {
  it('come to the same in their order, whatever the order in which they became known', () => {
    fc.assert(
      fc.property(many, fc.infiniteStream(fc.nat(1_000)), (facts, keys) => {
        const early = executionsFrom(facts).toSorted(inOrder);
        const shuffled = early.map((one) => ({ one, key: keys.next().value })).toSorted((a, b) => a.key - b.key);
        expect(countFrom(flat, shuffled.map(({ one }) => one).toSorted(inOrder))).toEqual(countFrom(flat, early));
      }),
    );
  });

  it('can be counted on from any of them', () => {
    fc.assert(
      fc.property(many, fc.nat(24), (facts, at) => {
        const all = countFrom(flat, executionsFrom(facts).toSorted(inOrder));
        const from = Math.min(at, all.length);
        expect(countFrom(all[from - 1]?.after ?? flat, all.slice(from))).toEqual(all.slice(from));
      }),
    );
  });

  it('add up: what was realised is what was paid and taken in all, beside the cost of what is still owned', () => {
    fc.assert(
      fc.property(many, (facts) => {
        const executions = executionsFrom(facts).toSorted(inOrder);
        const counted = countFrom(flat, executions);
        const standing = counted.at(-1)!.after;
        const taken = executions.reduce((total, { change, price }) => add(total, multiply(negate(change), price ?? zero)), zero);
        const fees = sum(counted.map(({ feeValue }) => feeValue));
        expect(subtract(sum(counted.map(({ realised }) => realised)), standing.cost)).toBe(subtract(taken, fees));
        if (isZero(standing.quantity)) expect(standing.cost).toBe('0');
      }),
    );
  });
});
