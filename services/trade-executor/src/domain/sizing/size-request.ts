import type { MarketType, QuantityUnit, Side } from '@latchkey/contracts';
import type { Decimal } from '@latchkey/kernel';
import type { MarketRules } from './market-rules.js';

/**
 * What an account has of one asset. On spot all of it, and what no order holds; on linear markets, of the asset that contracts are settled in,
 * the margin balance (profit and loss that is not realised included), and what of it secures nothing yet.
 */
export type Balance = { readonly total: Decimal; readonly free: Decimal };

/** Everything that the size of an opening may depend on; what a setting does not look at may be left out. */
export type SizeRequest = {
  readonly sizing: { readonly mode: string; readonly value?: Decimal | undefined };
  readonly side: Side;
  readonly marketType: MarketType;
  readonly alertQuantity?: Decimal | undefined;
  /** What the alert's quantity counts; base units where it does not say. */
  readonly alertUnit?: QuantityUnit | undefined;
  readonly rules: MarketRules;
  /** Quote units per base unit, at most 2 s old; where none is needed, the venue checks the order's value itself without one. */
  readonly price?: Decimal | undefined;
  readonly balances?: { readonly base?: Balance; readonly quote?: Balance } | undefined;
  /** Base units that the following owns for sure, below zero what it is short of. */
  readonly owned?: Decimal | undefined;
  /** How many times its margin the position is worth; undefined: not said, and counted as once. */
  readonly leverage?: number | undefined;
  /** Where the order gives up: quote units per base unit. No alert says it yet. */
  readonly stop?: Decimal | undefined;
};

/** `least`: the value of the same setting that would have been enough, where there is one. */
export type SizingRefusal = { readonly reason: string; readonly message: string; readonly least?: Decimal };

/** What a setting means before the venue's rules: so much of the base or of the quote asset, and how its value counts. */
export type Meant = {
  readonly unit: 'base' | 'quote';
  readonly amount: Decimal;
  /** So much of the unit is one of the setting's value: 1 of an amount, a hundredth of what a percentage is taken of. */
  readonly perValue: Decimal;
  /** `%`, or an asset. */
  readonly valueUnit: string;
};
