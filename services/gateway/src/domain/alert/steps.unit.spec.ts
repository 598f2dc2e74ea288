import { decimal } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { stepsOf, type ToldOrder } from './steps.js';

const [tenth, half, one, two, three] = ['0.1', '0.5', '1', '2', '3'].map((text) => decimal(text));

/** In one line each: `exit(short)?` is implied, `buy(long) 1 quote` is of a side and a size. */
const meant = (order: ToldOrder): readonly string[] | string => {
  const steps = stepsOf(order);
  if (!steps.ok) return steps.refusal.code;
  return steps.value.map(({ action, positionSide, implied, quantity, unit, percent, delaySeconds }) =>
    [
      action,
      positionSide && `(${positionSide})`,
      implied && '?',
      quantity && ` ${quantity}`,
      unit && ` ${unit}`,
      percent && ` ${percent}%`,
      delaySeconds && ` after ${delaySeconds} s`,
    ]
      .filter(Boolean)
      .join(''),
  );
};

describe('an order of a strategy', () => {
  const positions = (prevMarketPosition: ToldOrder['prevMarketPosition'], marketPosition: ToldOrder['marketPosition']) => ({
    prevMarketPosition,
    marketPosition,
    quantity: one,
  });

  it.each([
    ['buy', 'flat', 'long', ['exit(short)?', 'buy(long) 1']],
    ['sell', 'flat', 'short', ['exit(long)?', 'sell(short) 1']],
    ['buy', 'long', 'long', ['exit(short)?', 'buy(long) 1']],
    ['sell', 'short', 'short', ['exit(long)?', 'sell(short) 1']],
    ['buy', undefined, 'long', ['exit(short)?', 'buy(long) 1']],
    ['sell', 'long', 'flat', ['exit']],
    ['buy', 'short', 'flat', ['exit']],
    ['buy', undefined, undefined, ['buy 1']],
    ['sell', 'long', undefined, ['sell 1']],
    ['sell', 'long', 'long', ['reduce(long) 1']],
    ['buy', 'short', 'short', ['reduce(short) 1']],
    ['sell', 'long', 'short', ['exit(long)?', 'sell(short)']],
    ['buy', 'short', 'long', ['exit(short)?', 'buy(long)']],
    ['sell', 'flat', 'long', 'alert.field_invalid'],
    ['sell', 'short', 'long', 'alert.field_invalid'],
    ['buy', 'long', 'short', 'alert.field_invalid'],
  ] as const)('means by its positions what it is: %s from %s to %s', (action, previous, now, expected) => {
    expect(meant({ action, ...positions(previous, now) })).toEqual(expected);
  });

  it.each([
    [{ action: 'sell', quantity: three, marketPositionSize: two, prevMarketPositionSize: one }, 'sell(short) 2'],
    [{ action: 'sell', quantity: three, prevMarketPositionSize: one }, 'sell(short) 2'],
    [{ action: 'sell', quantity: three }, 'sell(short)'],
    [{ action: 'sell', quantity: one, prevMarketPositionSize: one }, 'sell(short)'],
    [
      { action: 'sell', quantity: three, unit: 'quote', prevMarketPositionSize: one, marketPositionSize: two },
      'sell(short) 3 quote',
    ],
    [{ action: 'sell', quantity: three, unit: 'free_percent', marketPositionSize: two }, 'sell(short) 3 free_percent'],
  ] as const)('that turns the position round opens what is left of it, %#', (order, opened) => {
    expect(meant({ ...order, prevMarketPosition: 'long', marketPosition: 'short' })).toEqual(['exit(long)?', opened]);
  });

  it('that closes a part says which share of it, for whoever has another size', () => {
    const closed = { action: 'sell', prevMarketPosition: 'long', marketPosition: 'long' } as const;
    expect(meant({ ...closed, quantity: one, marketPositionSize: two, prevMarketPositionSize: three })).toEqual([
      'reduce(long) 1 33.333333333334%',
    ]);
    expect(meant({ ...closed, marketPositionSize: one, prevMarketPositionSize: two })).toEqual(['reduce(long) 50%']);
    expect(meant({ ...closed, marketPositionSize: two, prevMarketPositionSize: one })).toBe('alert.field_missing');
    expect(meant(closed)).toBe('alert.field_missing');
  });
});

describe('the position to be left with', () => {
  it.each([
    [{ action: 'buy', sentiment: 'long' }, ['exit(short)?', 'buy(long) 1']],
    [{ action: 'buy', sentiment: 'flat' }, ['exit']],
    [{ action: 'sell', sentiment: 'flat' }, ['exit']],
    [{ action: 'sell', sentiment: 'long' }, ['reduce(long) 1']],
    [{ action: 'buy', sentiment: 'long', marketPosition: 'flat' }, 'alert.field_invalid'],
    [{ action: 'exit', sentiment: 'flat' }, ['exit']],
    [{ action: 'exit', sentiment: 'long' }, 'alert.field_invalid'],
    [{ action: 'add', sentiment: 'short' }, ['add(short) 1']],
    [{ action: 'add', sentiment: 'flat' }, 'alert.field_invalid'],
    [{ action: 'reverse', sentiment: 'short' }, ['exit(long)?', 'sell(short) 1']],
    [{ action: 'reverse', marketPosition: 'long' }, ['exit(short)?', 'buy(long) 1']],
    [{ action: 'reverse', sentiment: 'flat' }, 'alert.field_invalid'],
  ] as const)('decides, %#', (order, expected) => {
    expect(meant({ ...order, quantity: one })).toEqual(expected);
  });
});

describe('an exit', () => {
  it.each([
    [{}, ['exit']],
    [{ positionSide: 'long' }, ['exit(long)']],
    [{ quantity: half }, ['reduce 0.5']],
    [{ quantity: half, positionSide: 'short' }, ['reduce(short) 0.5']],
    [{ quantity: half, unit: 'position_percent' }, ['reduce 0.5 position_percent']],
    [{ quantity: decimal('100'), unit: 'position_percent' }, ['exit']],
    [{ quantity: half, marketPosition: 'flat' }, ['exit']],
    [{ quantity: half, unit: 'quote' }, 'not_supported'],
  ] as const)('closes all of it, or the part that is named, %#', (order, expected) => {
    expect(meant({ action: 'exit', ...order })).toEqual(expected);
  });

  it('of whichever side is held may turn it round', () => {
    expect(meant({ action: 'reverse', quantity: tenth })).toEqual(['exit', 'reverse 0.1']);
  });
});

describe('any order', () => {
  const side = fc.constantFrom('long', 'short', 'flat', undefined);
  const size = fc.constantFrom(undefined, decimal('0'), tenth, one, two);
  const orders = fc.record({
    action: fc.constantFrom('buy', 'sell', 'exit', 'reverse', 'add'),
    quantity: fc.constantFrom(undefined, tenth, two),
    unit: fc.constantFrom(undefined, 'base', 'quote', 'position_percent'),
    sentiment: side,
    positionSide: fc.constantFrom(undefined, 'long', 'short'),
    delaySeconds: fc.constantFrom(undefined, 5),
    marketPosition: side,
    prevMarketPosition: side,
    marketPositionSize: size,
    prevMarketPositionSize: size,
  });

  it('that leaves the strategy flat opens nothing, and none opens both sides', () => {
    fc.assert(
      fc.property(orders as fc.Arbitrary<ToldOrder>, (order) => {
        const steps = stepsOf(order);
        if (!steps.ok) return;
        const opened = steps.value.filter(({ action }) => action !== 'exit' && action !== 'reduce');
        expect(opened.length).toBeLessThanOrEqual(1);
        const left = order.sentiment ?? order.marketPosition;
        if (left === 'flat' && order.action !== 'add') expect(opened).toEqual([]);
        expect(new Set(steps.value.map(({ delaySeconds }) => delaySeconds))).toEqual(new Set([order.delaySeconds]));
      }),
    );
  });
});
