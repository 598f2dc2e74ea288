import { maxDelaySeconds, type MarketPosition, type QuantityUnit, type Signal, type SignalStep } from '@latchkey/contracts';
import { compare, decimal, type Decimal } from '@latchkey/kernel';
import { amountIn, knownFields, secondsIn, sizeIn, wordIn, type Fields } from './fields.js';
import type { ExactJson } from './read-json.js';
import { read, refuse, type Read } from './refusal.js';
import { lacksSize, leads, stepsOf, type ToldOrder } from './steps.js';
import { actionFields } from './vocabulary.js';

type Orders = Pick<Signal, 'actions' | 'quantity' | 'marketPosition' | 'prevMarketPosition'>;
type ReadOrders = { readonly orders: Orders; readonly warnings: readonly string[] };

const actions = ['buy', 'sell', 'exit', 'reverse', 'add'] as const;
const sides = ['long', 'short'] as const;
const positions = [...sides, 'flat'] as const;
const sentiments = ['bullish', 'bearish', ...positions] as const;
const ofSentiment = { bullish: 'long', bearish: 'short', long: 'long', short: 'short', flat: 'flat' } as const;
const units = {
  fixed_quantity: 'base',
  dollar_amount: 'quote',
  percent_of_position: 'position_percent',
  percent_of_equity: 'equity_percent',
  percent_of_free: 'free_percent',
} as const satisfies Record<string, QuantityUnit>;
type QuantityType = keyof typeof units;
const quantityTypes = Object.keys(units) as readonly QuantityType[];
/** The most that a share can be, in percent: contracts are traded on margin, so an order may be worth many times what the account has. */
const mostOf: Readonly<Partial<Record<QuantityUnit, Decimal>>> = {
  position_percent: decimal('1000'),
  equity_percent: decimal('12500'),
  free_percent: decimal('100'),
};
const mostOrders = 8;

/** The first refusal of a list of readings, or all that was read. */
const all = <const Readings extends Readonly<Record<string, Read<unknown>>>>(
  readings: Readings,
): Read<{ [Name in keyof Readings]: Readings[Name] extends Read<infer Value> ? Value : never }> => {
  const values: Record<string, unknown> = {};
  for (const [name, reading] of Object.entries(readings)) {
    if (!reading.ok) return reading;
    values[name] = reading.value;
  }
  return read(values as never);
};

const toldOrder = (fields: Fields): Read<ToldOrder & { readonly sentiment?: MarketPosition | undefined }> => {
  const told = all({
    action: wordIn(fields, 'action', actions),
    orderType: wordIn(fields, 'orderType', ['market']),
    quantityType: wordIn(fields, 'quantityType', quantityTypes),
    sentiment: wordIn(fields, 'sentiment', sentiments),
    positionSide: wordIn(fields, 'positionSide', sides),
    marketPosition: wordIn(fields, 'marketPosition', positions),
    prevMarketPosition: wordIn(fields, 'prevMarketPosition', positions),
    quantity: amountIn(fields, 'quantity'),
    marketPositionSize: sizeIn(fields, 'marketPositionSize'),
    prevMarketPositionSize: sizeIn(fields, 'prevMarketPositionSize'),
    delaySeconds: secondsIn(fields, 'delay', maxDelaySeconds),
  });
  if (!told.ok) return told;
  const { action, orderType: _market, quantityType, sentiment, ...rest } = told.value;
  if (action === undefined)
    return refuse('alert.field_missing', '"action" is missing; the README has a message that works with TradingView', 'action');
  const unit = quantityType === undefined ? undefined : units[quantityType];
  const most = unit && mostOf[unit];
  if (most !== undefined && rest.quantity !== undefined && compare(rest.quantity, most) > 0)
    return refuse('alert.field_invalid', `"quantity" must be at most ${most} % for this "quantityType"`, 'quantity');
  return read({ ...rest, action, unit, sentiment: sentiment && ofSentiment[sentiment] });
};

const opens = ({ action }: SignalStep): boolean => action !== 'exit' && action !== 'reduce';

/** The one order's own quantity is the signal's, where it is in base units: what shows a signal need not look into its actions. */
const withQuantity = (steps: readonly SignalStep[]): Pick<Signal, 'actions' | 'quantity'> => {
  const [entry, ...others] = steps.filter(opens);
  if (!entry?.quantity || entry.unit !== undefined || others.length > 0) return { actions: [...steps] };
  const { quantity, ...rest } = entry;
  return { actions: steps.map((step) => (step === entry ? rest : step)), quantity };
};

const positionsOf = ({ marketPosition, prevMarketPosition }: Pick<ToldOrder, 'marketPosition' | 'prevMarketPosition'>) => ({
  ...(marketPosition !== undefined && { marketPosition }),
  ...(prevMarketPosition !== undefined && { prevMarketPosition }),
});

const several = (listed: ExactJson, common: Fields): Read<Pick<Orders, 'actions'>> => {
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > mostOrders)
    return refuse(
      'alert.field_invalid',
      `"actions" must be a list of 1 to ${mostOrders} objects, each with an "action"`,
      'actions',
    );
  const twice = actionFields.find((field) => common[field] !== undefined);
  if (twice !== undefined)
    return refuse('alert.field_invalid', `"${twice}" stands beside "actions"; say it in each of them`, twice);
  const steps: SignalStep[] = [];
  for (const one of listed as readonly ExactJson[]) {
    if (typeof one !== 'object' || one === null || Array.isArray(one))
      return refuse('alert.field_invalid', 'each of "actions" must be an object with an "action"', 'actions');
    const own: readonly string[] = actionFields;
    if (Object.keys(one).some((name) => !own.includes(name)))
      return refuse(
        'alert.field_invalid',
        `each of "actions" may have ${own.map((name) => `"${name}"`).join(', ')} only`,
        'actions',
      );
    const fields = knownFields(one as Readonly<Record<string, ExactJson>>);
    const told = fields.ok ? toldOrder(fields.value) : fields;
    const meant = told.ok ? stepsOf(told.value) : told;
    if (!meant.ok) return meant;
    steps.push(...meant.value);
  }
  return goesBeforeItsExit(steps)
    ? refuse(
        'alert.field_invalid',
        '"delay" of what follows an exit in "actions" must be at least as long as that of the exit',
        'delay',
      )
    : read({ actions: steps });
};

const sizeMissing =
  'the order turns the position round, so its quantity counts both halves: add "marketPositionSize": "{{strategy.market_position_size}}", or followers whose size is the alert\'s close and do not open';

/** What opens must not be due before the exit that makes room for it. */
const goesBeforeItsExit = (steps: readonly SignalStep[]): boolean => {
  let exitDelay = 0;
  return steps.some(({ action, delaySeconds = 0 }) => {
    if (action === 'exit') exitDelay = Math.max(exitDelay, delaySeconds);
    return action !== 'exit' && delaySeconds < exitDelay;
  });
};

const single = (fields: Fields, handwritten: boolean): Read<ReadOrders> => {
  const whole = toldOrder(fields);
  if (!whole.ok) return whole;
  const { marketPosition: _now, prevMarketPosition: _before, ...alone } = whole.value;
  const unfit = handwritten && !leads(whole.value);
  const told: ToldOrder = unfit ? alone : whole.value;
  const steps = stepsOf(told);
  if (!steps.ok) return steps;
  return read({
    orders: { ...withQuantity(steps.value), ...positionsOf(told) },
    warnings: [
      ...(lacksSize(told, steps.value) ? [sizeMissing] : []),
      ...(unfit
        ? [
            '"action" does not lead from "prevMarketPosition" to "marketPosition", so the positions were not read and the order is what "action" says',
          ]
        : []),
    ],
  });
};

/**
 * What an alert orders: the one order of its fields, or those of its `actions`, in their order.
 *
 * @param listed what stands under `actions`; undefined: nothing
 * @param handwritten it may have been changed by hand: where its positions do not fit its order, the order counts
 */
export const readOrders = (fields: Fields, listed: ExactJson | undefined, handwritten: boolean): Read<ReadOrders> => {
  if (listed === undefined || listed === null) return single(fields, handwritten);
  const told = all({
    marketPosition: wordIn(fields, 'marketPosition', positions),
    prevMarketPosition: wordIn(fields, 'prevMarketPosition', positions),
  });
  if (!told.ok) return told;
  const orders = several(listed, fields);
  return orders.ok ? read({ orders: { ...orders.value, ...positionsOf(told.value) }, warnings: [] }) : orders;
};
