import { add, compare, decimal, multiply, subtract, zero, type Decimal } from '@latchkey/kernel';

/** One step of the table that bounds positions by leverage. Notionals in USDT. */
export type Bracket = {
  readonly bracket: number;
  /** The highest leverage that a position of this size may have. */
  readonly initialLeverage: number;
  readonly notionalCap: Decimal;
  readonly notionalFloor: Decimal;
  readonly maintMarginRatio: Decimal;
  /** What makes maintenance margin continuous from one bracket to the next. */
  readonly cum: Decimal;
};

type Step = readonly [initialLeverage: number, notionalCap: string, maintMarginRatio: string];

const table = (steps: readonly Step[]): readonly Bracket[] =>
  steps.reduce<readonly Bracket[]>((brackets, [initialLeverage, cap, ratio], at) => {
    const before = brackets.at(-1);
    const notionalFloor = before?.notionalCap ?? zero;
    const maintMarginRatio = decimal(ratio);
    const rise = subtract(maintMarginRatio, before?.maintMarginRatio ?? zero);
    const cum = before === undefined ? zero : add(before.cum, multiply(notionalFloor, rise));
    return [...brackets, { bracket: at + 1, initialLeverage, notionalCap: decimal(cap), notionalFloor, maintMarginRatio, cum }];
  }, []);

// The shape of the venue's tables with numbers of our own: they move, and clients must read them.
const large = table([
  [125, '300000', '0.004'],
  [100, '800000', '0.005'],
  [75, '3000000', '0.0065'],
  [50, '12000000', '0.01'],
  [20, '70000000', '0.025'],
  [10, '100000000', '0.05'],
  [5, '200000000', '0.1'],
  [2, '600000000', '0.25'],
  [1, '1200000000', '0.5'],
]);
const small = table([
  [75, '20000', '0.006'],
  [50, '100000', '0.01'],
  [20, '1000000', '0.025'],
  [10, '5000000', '0.05'],
  [5, '10000000', '0.1'],
  [2, '20000000', '0.25'],
  [1, '50000000', '0.5'],
]);
export const bracketTables = { large, small } as const;

/** The largest position that a leverage allows; undefined when no bracket has it. */
export const maxNotional = (brackets: readonly Bracket[], leverage: number): Decimal | undefined =>
  brackets.findLast(({ initialLeverage }) => initialLeverage >= leverage)?.notionalCap;

export const maxLeverage = (brackets: readonly Bracket[]): number => brackets[0]?.initialLeverage ?? 1;

/** @param notional of the position, zero or above */
export const maintenanceMargin = (brackets: readonly Bracket[], notional: Decimal): Decimal => {
  const bracket = brackets.find(({ notionalCap }) => compare(notional, notionalCap) <= 0) ?? brackets.at(-1);
  return bracket === undefined ? zero : subtract(multiply(notional, bracket.maintMarginRatio), bracket.cum);
};
