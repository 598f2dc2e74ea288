import { add, compare, decimal, divide, isPositive, multiply, roundDownToStep, type Decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { sizeOrder, type SizedOrder } from './domain/sizing/size-order.js';
import { createRandom } from './model/testing/random.js';
import { drawCase, type SizingCase } from './testing/sizing-cases.js';

// The whole of it: SIZE_CASES=1000000. A failure is told with its case; SIZE_SEED draws other ones.
const cases = Number(process.env['SIZE_CASES'] ?? 5_000);
const seed = Number(process.env['SIZE_SEED'] ?? 1);

const hundred = decimal('100');
const below: ReadonlySet<string> = new Set([
  'sizing.below_minimum_quantity',
  'sizing.below_minimum_notional',
  'sizing.not_positive',
]);
const above: ReadonlySet<string> = new Set(['sizing.above_maximum_quantity', 'sizing.above_maximum_notional']);
const nothing: ReadonlySet<string> = new Set(['sizing.no_balance', 'sizing.nothing_owned']);

const stepOf = ({ drawn, request }: SizingCase, order: SizedOrder): Decimal => {
  if ('amount' in order) return drawn.step;
  const { quotePlaces } = request.rules;
  return decimal(quotePlaces === 0 ? '1' : `0.${'0'.repeat(quotePlaces - 1)}1`);
};

/** In the unit that was meant: what is ordered in base units costs its price. */
const worth = ({ meant, request }: SizingCase, order: SizedOrder, more: Decimal): Decimal => {
  if (!('amount' in order)) return add(order.quoteAmount, more);
  const amount = add(order.amount, more);
  return meant.unit === 'base' ? amount : multiply(amount, request.price);
};

/** The largest order that is no more than what was meant, whether the venue takes it or not; undefined: it is nothing. */
const largest = (one: SizingCase): SizedOrder | undefined => {
  const { meant, request, drawn } = one;
  const wanted = divide(multiply(meant.whole, meant.share), hundred);
  if (meant.unit === 'quote' && request.rules.takesQuoteAmount) {
    const quoteAmount = roundDownToStep(wanted, stepOf(one, { quoteAmount: wanted }));
    return isPositive(quoteAmount) ? { quoteAmount } : undefined;
  }
  const amount = roundDownToStep(meant.unit === 'base' ? wanted : divide(wanted, request.price), drawn.step);
  return isPositive(amount) ? { amount } : undefined;
};

/** What is wrong with how the case was sized; undefined: nothing. */
const wrong = (one: SizingCase): string | undefined => {
  const { meant, judge, request } = one;
  const sized = sizeOrder(request);
  const intent = multiply(meant.whole, meant.share);
  const refusal = (order: SizedOrder) => judge.refusal({ side: request.side, ...order }, request.price);
  if (sized.ok) {
    const refused = refusal(sized.order);
    if (refused !== undefined) return `the venue refuses it: ${refused}`;
    if (compare(multiply(worth(one, sized.order, decimal('0')), hundred), intent) > 0) return 'it is more than was meant';
    const next = multiply(worth(one, sized.order, stepOf(one, sized.order)), hundred);
    return compare(next, intent) <= 0 ? 'what is left over would have been another step' : undefined;
  }
  if (nothing.has(sized.reason)) return isPositive(intent) ? 'there was something to take a share of' : undefined;
  if (!below.has(sized.reason) && !above.has(sized.reason)) return `denied for ${sized.reason}`;
  const most = largest(one);
  if (most && refusal(most) === undefined) return `the venue would have taken ${JSON.stringify(most)}`;
  if (above.has(sized.reason) || sized.least === undefined) return undefined;
  const { sizing } = request;
  const again = sizeOrder(
    sizing.mode === 'alert'
      ? { ...request, alertQuantity: sized.least }
      : { ...request, sizing: { ...sizing, value: sized.least } },
  );
  return !again.ok && !above.has(again.reason)
    ? `the minimum that it names (${sized.least}) is not enough: ${again.message}`
    : undefined;
};

describe(`random prices, amounts, filters and balances, seed ${seed}`, () => {
  it(
    `${cases} orders: never more than was meant, never refused for their form, and what is left over is explained`,
    () => {
      const random = createRandom(seed);
      const counts = new Map<string, number>();
      let ordered = 0;
      for (let at = 0; at < cases; at += 1) {
        const one = drawCase(random);
        const found = wrong(one);
        if (found !== undefined)
          expect.fail(`case ${at}, ${one.name}: ${found}\n${JSON.stringify({ ...one, judge: undefined }, undefined, 1)}`);
        const sized = sizeOrder(one.request);
        const kind = `${one.name}, ${one.mode}, ${sized.ok ? 'ordered' : 'denied'}`;
        ordered += Number(sized.ok);
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
      }
      // Each market and mode was ordered and denied: cases that are all of one kind would prove nothing.
      expect(counts.size).toBe(4 * 6 * 2);
      expect(ordered).toBeGreaterThan(cases / 4);
      if (process.env['SIZE_CASES'] !== undefined)
        process.stdout.write(
          `${JSON.stringify(Object.fromEntries([...counts].toSorted(([a], [b]) => a.localeCompare(b))), undefined, 1)}\n`,
        );
    },
    30_000 + cases,
  );
});
