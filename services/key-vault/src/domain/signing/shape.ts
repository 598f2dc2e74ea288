import type { SignItem, VaultErrorCode } from '@latchkey/contracts';

/** Whether a venue's string is one that the vault signs for that purpose, bound to what it claims to be for; `undefined`: it is. */
export type Grammar = (item: SignItem, nowMs: number) => VaultErrorCode | undefined;

/** What stands in a string, by name: text in a query, text, numbers and booleans in a body. */
export type Fields = ReadonlyMap<string, unknown>;

export type Shape = {
  /** Names that must be there, and those that may; every other name refuses the string. */
  readonly required: readonly string[];
  readonly optional?: readonly string[];
};

export type ValueRule = (value: unknown) => boolean;
/** A rule for each name of every shape: a name without one fits nothing. */
export type ValueRules = Readonly<Record<string, ValueRule>>;

export const text =
  (syntax: RegExp): ValueRule =>
  (value) =>
    typeof value === 'string' && syntax.test(value);

export const oneOf =
  (...allowed: readonly (string | number | boolean)[]): ValueRule =>
  (value) =>
    allowed.some((one) => one === value);

/** Above zero, without sign or exponent. */
export const amount = text(/^(?=.*[1-9])\d{1,20}(?:\.\d{1,18})?$/);
/** What our orders are known by; which one it has to be is told by the trade. */
export const ownOrderId = text(/^[0-9a-f]{32}-[a-z0-9]{2}$/);
/** Whole, and no more than any venue lends. */
export const leverage = text(/^(?:[1-9]\d?|1[01]\d|12[0-5])$/);
export const pageSize = text(/^[1-9]\d{0,3}$/);

const hasNames = (fields: Fields, { required, optional = [] }: Shape): boolean =>
  required.every((name) => fields.has(name)) &&
  [...fields.keys()].every((name) => required.includes(name) || optional.includes(name));

/** The names are those of one shape, and each value follows its rule. */
export const fitsOneOf = (fields: Fields, shapes: readonly Shape[], rules: ValueRules): boolean =>
  shapes.some((shape) => hasNames(fields, shape)) && [...fields].every(([name, value]) => rules[name]?.(value) ?? false);
