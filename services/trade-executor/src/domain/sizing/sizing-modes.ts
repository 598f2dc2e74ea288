import type { MarketType, QuantityUnit, Side, Sizing } from '@latchkey/contracts';
import { compare, decimal, type Decimal } from '@latchkey/kernel';
import type { MarketRules } from './market-rules.js';

/** The sizings that are carried out today; others are refused when a following is set, never stored and ignored. */
export const supportedSizingModes = [
  'alert',
  'base_amount',
  'quote_amount',
  'equity_percent',
  'free_percent',
  'position_percent',
] as const satisfies readonly Sizing['mode'][];

export const isSupportedSizing = (mode: string): boolean => (supportedSizingModes as readonly string[]).includes(mode);

const hundred = decimal('100');
/** Contracts are traded on margin, so an order may be worth many times what the account has; this is the most that any venue lends. */
const mostOfEquity = decimal('12500');
const mostOfPosition = decimal('1000');

/** The largest value that a percentage may have; undefined: it is none. */
export const mostPercent = (mode: string, marketType: MarketType): Decimal | undefined => {
  switch (mode) {
    case 'equity_percent':
      return marketType === 'linear' ? mostOfEquity : hundred;
    case 'free_percent':
      return hundred;
    case 'position_percent':
      return mostOfPosition;
    default:
      return undefined;
  }
};

/** True where a percentage is above what it can be of this market. */
export const isTooMuch = (value: Decimal, mode: string, marketType: MarketType): boolean => {
  const most = mostPercent(mode, marketType);
  return most !== undefined && compare(value, most) > 0;
};

type Sized = { readonly sizing: { readonly mode: string }; readonly alertUnit?: QuantityUnit | undefined };

const ofAlert = {
  base: 'base_amount',
  quote: 'quote_amount',
  position_percent: 'position_percent',
  equity_percent: 'equity_percent',
  free_percent: 'free_percent',
} as const satisfies Record<QuantityUnit, Sizing['mode']>;

/** The mode that counts: of the alert's own quantity it is the unit that the alert says. */
export const modeOf = ({ sizing: { mode }, alertUnit = 'base' }: Sized): string => (mode === 'alert' ? ofAlert[alertUnit] : mode);

/** True where what the following owns decides how much is ordered. */
export const decidesByOwned = (sized: Sized): boolean => modeOf(sized) === 'position_percent';

export type SizingNeeds = {
  /** `needed`: without one there is nothing to order; `checked`: the order's value is looked at before the venue does. */
  readonly price: 'needed' | 'checked' | 'none';
  /** Of which assets it has to be known what the account has. */
  readonly balances: readonly ('base' | 'quote')[];
};

type Asked = Sized & {
  readonly side: Side;
  readonly marketType: MarketType;
  readonly rules: Pick<MarketRules, 'takesQuoteAmount'>;
};

/** What has to be known before an order can be sized. */
export const needsOf = ({ side, marketType, rules: { takesQuoteAmount }, ...sized }: Asked): SizingNeeds => {
  const needs: SizingNeeds = { price: 'checked', balances: [] };
  const ownAssets = marketType === 'linear' ? (['quote'] as const) : (['base', 'quote'] as const);
  switch (modeOf(sized)) {
    case 'quote_amount':
      return { ...needs, price: takesQuoteAmount ? 'none' : 'needed' };
    case 'equity_percent':
    case 'risk_amount':
    case 'risk_percent':
      return { ...needs, price: 'needed', balances: ownAssets };
    case 'free_percent': {
      const inQuote = marketType === 'linear' || side === 'buy';
      const price = inQuote && takesQuoteAmount ? 'none' : 'needed';
      return inQuote ? { ...needs, price, balances: ['quote'] } : { ...needs, balances: ['base'] };
    }
    default:
      return needs;
  }
};
