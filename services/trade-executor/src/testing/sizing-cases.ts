import type { ExchangeName, MarketType, QuantityUnit } from '@latchkey/contracts';
import { judgeOfFilters, type FilterJudge, type JudgedRules } from '@latchkey/exchange-simulator';
import { add, decimal, divide, InvariantError, multiply, type Decimal } from '@latchkey/kernel';
import { readMarketRules } from '../adapters/exchange/binance/binance-shapes.js';
import { readUsdmRules } from '../adapters/exchange/binance/usdm-shapes.js';
import { readInstrument } from '../adapters/exchange/bybit/bybit-instruments.js';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import type { SizeRequest } from '../domain/sizing/size-request.js';
import { supportedSizingModes } from '../domain/sizing/sizing-modes.js';
import type { Random } from '../model/testing/random.js';

export type Mode = (typeof supportedSizingModes)[number];

/** One follower's order at one market, with the venue's own judge of it. */
export type SizingCase = {
  readonly name: string;
  readonly mode: Mode;
  readonly drawn: JudgedRules;
  readonly judge: FilterJudge;
  readonly request: SizeRequest & { readonly price: Decimal };
  /**
   * What is meant, told without a division: no more than `share` hundredths of `whole`, in base or in quote units. Written here anew, so that it
   * is not the code under test that says what it should have done.
   */
  readonly meant: { readonly unit: Unit; readonly whole: Decimal; readonly share: Decimal };
};

const markets: readonly (readonly [ExchangeName, MarketType, (listing: unknown) => MarketRules | undefined])[] = [
  ['binance', 'spot', readMarketRules],
  ['binance', 'linear', readUsdmRules],
  ['bybit', 'spot', (listing) => readInstrument('spot', listing)],
  ['bybit', 'linear', (listing) => readInstrument('linear', listing)],
];

/** So many digits, the first of them not zero, with the point anywhere among the places. */
const amountOf = (random: Random, digits: number, places: number): Decimal => {
  const drawn = random.times(digits, (i) => random.between(i === 0 ? 1 : 0, 9)).join('');
  const padded = drawn.padStart(places + 1, '0');
  return decimal(places === 0 ? padded : `${padded.slice(0, -places)}.${padded.slice(-places)}`);
};
/** Mostly one by which a lot is worth from a thousandth to some units of the quote asset, with more digits than a tick has. */
const priceOf = (random: Random, { step }: JudgedRules): Decimal => {
  if (random.chance(0.2)) return amountOf(random, random.between(1, 8), random.between(0, 8));
  const [whole, places] = [random.between(1, 3), random.between(2, 5)];
  return divide(amountOf(random, whole + places, places + 2), step);
};

type Unit = 'base' | 'quote';
/** Most amounts are of the size that the market trades, with digits that it does not take; the others are anything. */
const amountsOf =
  (random: Random, { step }: JudgedRules, price: Decimal) =>
  (unit: Unit): Decimal => {
    if (random.chance(0.2)) return amountOf(random, random.between(1, 10), random.between(0, 12));
    const lots = multiply(step, amountOf(random, random.between(1, 6), random.between(0, 3)));
    return unit === 'base' ? lots : multiply(lots, price);
  };

const unitOf = (places: number): Decimal => decimal(places === 0 ? '1' : `0.${'0'.repeat(places - 1)}1`);
const times = (value: Decimal, count: number): Decimal => multiply(value, decimal(String(count)));

const rulesOf = (random: Random, exchange: ExchangeName, marketType: MarketType): JudgedRules => {
  const step = times(unitOf(random.between(0, 8)), random.pick([1, 1, 1, 2, 5, 10, 25]));
  // USDM's smallest lot is its step; of Bybit the executor reads none on spot, where the venue calls it deprecated, and the simulator keeps none on linear.
  const lots = exchange === 'binance' && marketType === 'spot' ? random.pick([1, 1, 3, 10]) : 1;
  const maxMarketQuantity = times(step, random.pick([50, 10_000, 1_000_000_000]));
  return {
    step,
    minQuantity: times(step, lots),
    maxQuantity: exchange === 'binance' ? add(maxMarketQuantity, random.chance(0.5) ? step : decimal('0')) : maxMarketQuantity,
    maxMarketQuantity,
    minValue: random.pick([decimal('1'), decimal('5'), decimal('10'), decimal('100'), amountOf(random, 3, 2)]),
    quoteStep: unitOf(random.between(0, 8)),
  };
};

const listed = (
  random: Random,
): Pick<SizingCase, 'name' | 'drawn' | 'judge'> & { rules: MarketRules; marketType: MarketType } => {
  const [exchange, marketType, read] = random.pick(markets);
  const drawn = rulesOf(random, exchange, marketType);
  const judge = judgeOfFilters(exchange, marketType, drawn);
  const rules = read(judge.listing);
  if (!rules) throw new InvariantError('a market as its venue lists it cannot be read');
  return { name: `${exchange} ${marketType}`, drawn, judge, rules, marketType };
};

/** Percentages with few digits, as people set them. */
const percentOf = (random: Random, most: number): Decimal => {
  const places = random.between(0, 2);
  return amountOf(random, String(random.between(1, most)).length + places, places);
};

const hundred = decimal('100');

export const drawCase = (random: Random): SizingCase => {
  const { name, drawn, judge, rules, marketType } = listed(random);
  const mode = random.pick(supportedSizingModes);
  const side = random.pick(['buy', 'sell'] as const);
  const price = priceOf(random, drawn);
  const anyAmount = amountsOf(random, drawn, price);
  const balance = (unit: Unit) => {
    const [free, more] = [anyAmount(unit), random.chance(0.5) ? decimal('0') : anyAmount(unit)];
    return { free: random.chance(0.05) ? decimal('0') : free, total: add(free, more) };
  };
  const balances = { base: balance('base'), quote: balance('quote') };
  const owned = random.chance(0.05) ? decimal('0') : anyAmount('base');
  const isPercent = mode.endsWith('_percent');
  const alertUnit = mode === 'alert' ? random.pick<QuantityUnit | undefined>([undefined, 'base', 'quote']) : undefined;
  const inQuote = mode === 'quote_amount' || alertUnit === 'quote';
  const value = isPercent ? percentOf(random, mode === 'free_percent' ? 99 : 999) : anyAmount(inQuote ? 'quote' : 'base');
  const request = {
    sizing: mode === 'alert' ? { mode } : { mode, value },
    alertQuantity: mode === 'alert' ? value : undefined,
    alertUnit,
    side,
    marketType,
    rules,
    price,
    balances,
    owned,
  };
  const equity = marketType === 'linear' ? balances.quote.total : add(balances.quote.total, multiply(balances.base.total, price));
  const spent = marketType === 'spot' && side === 'sell' ? 'base' : 'quote';
  const meantOf: Readonly<Record<Mode, SizingCase['meant']>> = {
    alert: { unit: inQuote ? 'quote' : 'base', whole: value, share: hundred },
    base_amount: { unit: 'base', whole: value, share: hundred },
    quote_amount: { unit: 'quote', whole: value, share: hundred },
    equity_percent: { unit: 'quote', whole: equity, share: value },
    free_percent: { unit: spent, whole: balances[spent].free, share: value },
    position_percent: { unit: 'base', whole: owned, share: value },
  };
  return { name, mode, drawn, judge, request, meant: meantOf[mode] };
};
