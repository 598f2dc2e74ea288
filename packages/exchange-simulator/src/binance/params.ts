import { decimal, decimalPlaces, type Decimal } from '@latchkey/kernel';
import { refuse } from './refusal.js';

/** Legal ranges as the venue words them in -1100. */
export const legal = {
  symbol: '^[A-Z0-9-_.]{1,20}$',
  decimal: '^([0-9]{1,20})(\\.[0-9]{1,20})?$',
  integer: '^[0-9]{1,20}$',
  recvWindow: '^([0-9]{1,6})(\\.[0-9]{1,3})?$',
  clientOrderId: '^[a-zA-Z0-9-_]{1,36}$',
} as const;

const maxDecimalPlaces = 8;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw refuse.illegalEncoding();
  }
};

const parsePairs = (text: string): Map<string, string> => {
  const values = new Map<string, string>();
  for (const pair of text.split('&').filter((part) => part !== '')) {
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    if (values.has(name)) throw refuse.duplicateParameter();
    values.set(name, at < 0 ? '' : decode(pair.slice(at + 1)));
  }
  return values;
};

/** The parameters of one request. Each reader marks what it reads, because the venue refuses what nobody asked for (-1104). */
export type Params = {
  readonly has: (name: string) => boolean;
  /** @throws {BinanceRefusal} -1105 for an empty value */
  readonly text: (name: string, legalRange?: string) => string | undefined;
  /** @throws {BinanceRefusal} -1102 */
  readonly required: (name: string, legalRange?: string) => string;
  /** @throws {BinanceRefusal} -1100, -1111 beyond 8 decimal places */
  readonly amount: (name: string) => Decimal | undefined;
  readonly integer: (name: string) => number | undefined;
  /** @throws {BinanceRefusal} -1104 */
  readonly assertAllRead: () => void;
};

/**
 * Query and body together; a parameter in both takes the query's value.
 *
 * @throws {BinanceRefusal} -1100 bad percent-encoding, -1101 a parameter twice in one place
 */
export const readParams = (query: string, body: string): Params => paramsOf(new Map([...parsePairs(body), ...parsePairs(query)]));

/** The same of values that came another way: as the fields of a WebSocket request. */
export const paramsOf = (values: ReadonlyMap<string, string>): Params => {
  const read = new Set<string>();

  const text = (name: string, legalRange?: string): string | undefined => {
    const value = values.get(name);
    if (value === undefined) return undefined;
    read.add(name);
    if (value === '') throw refuse.empty(name);
    if (legalRange !== undefined && !new RegExp(legalRange).test(value)) throw refuse.illegalCharacters(name, legalRange);
    return value;
  };

  return {
    has: (name) => (values.get(name) ?? '') !== '',
    text,
    required: (name, legalRange) => {
      if ((values.get(name) ?? '') === '') throw refuse.missing(name);
      return text(name, legalRange) ?? '';
    },
    amount: (name) => {
      const value = text(name, legal.decimal);
      if (value === undefined) return undefined;
      const amount = decimal(value);
      if (decimalPlaces(amount) > maxDecimalPlaces) throw refuse.precision(name);
      return amount;
    },
    integer: (name) => {
      const value = text(name, legal.integer);
      return value === undefined ? undefined : Number(value);
    },
    assertAllRead: () => {
      if (read.size < values.size) throw refuse.unread(read.size, values.size);
    },
  };
};

/** One of a closed list, or the given refusal. */
export const oneOf = <const Value extends string>(value: string, allowed: readonly Value[], refusal: () => Error): Value => {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw refusal();
  return found;
};
