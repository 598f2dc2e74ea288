import { decimal, isDecimal, type Decimal } from '@latchkey/kernel';
import { refuse } from './refusal.js';

/** Product families that are played; the other two of the venue answer with empty lists, or refuse in words. */
export const playedCategories = ['spot', 'linear'] as const;
export type Category = (typeof playedCategories)[number];
export const categories = [...playedCategories, 'inverse', 'option'] as const;

/** The parameters of one request. What nobody asks for is ignored, as the venue does. */
export type Params = {
  /** An empty text and `null` count as absent. @throws {BybitRefusal} 10001 for anything but text */
  readonly text: (name: string) => string | undefined;
  /** @throws {BybitRefusal} 10001 */
  readonly required: (name: string) => string;
  /** Decimal text without a sign. @throws {BybitRefusal} 10001 */
  readonly amount: (name: string) => Decimal | undefined;
  /** @throws {BybitRefusal} 10001 */
  readonly integer: (name: string) => number | undefined;
  /** @throws {BybitRefusal} 10001 */
  readonly flag: (name: string) => boolean;
  /** @throws {BybitRefusal} 10001 */
  readonly oneOf: <const Value extends string>(name: string, allowed: readonly Value[]) => Value | undefined;
  /** @throws {BybitRefusal} 10001 for a category that is absent, unknown or not played */
  readonly category: () => Category;
};

type Values = Readonly<Record<string, unknown>>;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw refuse.parameter('illegal encoding');
  }
};

const queryValues = (query: string): Values =>
  Object.fromEntries(
    query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
      }),
  );

const bodyValues = (body: string): Values => {
  if (body === '') return {};
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed };
  } catch {
    // falls through to the same refusal as JSON of another shape
  }
  throw refuse.request('Request parameter error.');
};

const plainAmount = /^\d{1,20}(\.\d{1,20})?$/;

const readerOf = (values: Values): Params => {
  const text = (name: string): string | undefined => {
    const value = values[name] ?? '';
    if (typeof value !== 'string') throw refuse.parameter(`${name} invalid`);
    return value === '' ? undefined : value;
  };
  const required = (name: string): string => {
    const value = text(name);
    if (value === undefined) throw refuse.parameter(`${name} is required`);
    return value;
  };
  const oneOf = <const Value extends string>(name: string, allowed: readonly Value[]): Value | undefined => {
    const value = text(name);
    const found = allowed.find((candidate) => candidate === value);
    if (value !== undefined && found === undefined) throw refuse.parameter(`${name} invalid`);
    return found;
  };
  return {
    text,
    required,
    oneOf,
    amount: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!plainAmount.test(value) || !isDecimal(value)) throw refuse.parameter(`${name} invalid`);
      return decimal(value);
    },
    integer: (name) => {
      const value = values[name] ?? '';
      if (value === '') return undefined;
      if ((typeof value !== 'string' && typeof value !== 'number') || !/^-?\d{1,16}$/.test(String(value)))
        throw refuse.parameter(`${name} invalid`);
      return Number(value);
    },
    flag: (name) => {
      const value = values[name] ?? false;
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false' || value === '') return false;
      throw refuse.parameter(`${name} invalid`);
    },
    category: () => {
      required('category');
      const category = oneOf('category', categories);
      if (category === 'spot' || category === 'linear') return category;
      throw refuse.notSimulated(`category "${category}" here`);
    },
  };
};

/**
 * Reads a GET's query or a POST's JSON body.
 *
 * @throws {BybitRefusal} 10001 for what cannot be read
 */
export const readParams = (method: string, query: string, body: string): Params =>
  readerOf(method === 'GET' ? queryValues(query) : bodyValues(body));

/** The category as far as limits and expiry texts care: whatever cannot be read counts as none. */
export const categoryHint = (method: string, query: string, body: string): Category | undefined => {
  const found = /(?:^|&)category=([a-z]+)/.exec(query) ?? (method === 'GET' ? null : /"category"\s*:\s*"([a-z]+)"/.exec(body));
  return playedCategories.find((category) => category === found?.[1]);
};

/** The order that a request names, as far as faults care: whatever cannot be read names none. */
export const orderLinkIdHint = (query: string, body: string): string | undefined => {
  const found = /(?:^|&)orderLinkId=([A-Za-z0-9_-]+)/.exec(query) ?? /"orderLinkId"\s*:\s*"([A-Za-z0-9_-]+)"/.exec(body);
  return found?.[1];
};
