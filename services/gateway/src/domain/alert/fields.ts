import { leverage } from '@latchkey/contracts';
import { decimal, isDecimal, isNegative, isPositive, type Decimal } from '@latchkey/kernel';
import type { ExactJson } from './read-json.js';
import { read, refuse, type Read } from './refusal.js';
import { alertFields, isAlertField, valuesNotYet, type AlertField } from './vocabulary.js';

/** What an alert says, by the names of our own format, as text. */
export type Fields = Readonly<Partial<Record<AlertField, string>>>;

const maxAmountDigits = 40; // beyond any venue; bounds `1e999`

const decimalOf = (text: string): Decimal | undefined => {
  const value = isDecimal(text) ? decimal(text) : undefined;
  return value !== undefined && value.length <= maxAmountDigits ? value : undefined;
};

/** A field's decimal above zero; undefined where the alert has none. */
export const amountIn = (fields: Fields, field: AlertField): Read<Decimal | undefined> => {
  const text = fields[field];
  if (text === undefined) return read(undefined);
  const value = decimalOf(text);
  return value !== undefined && isPositive(value)
    ? read(value)
    : refuse('alert.field_invalid', `"${field}" must be a decimal number above zero, like "0.01"`, field);
};

/** A size, which may be zero. */
export const sizeIn = (fields: Fields, field: AlertField): Read<Decimal | undefined> => {
  const text = fields[field];
  if (text === undefined) return read(undefined);
  const value = decimalOf(text);
  return value !== undefined && !isNegative(value)
    ? read(value)
    : refuse('alert.field_invalid', `"${field}" must be a decimal number of zero or more, like "0.01"`, field);
};

/** Whole numbers alone: `10`, and `10.0` where a placeholder wrote it so. */
export const leverageIn = (fields: Fields): Read<number | undefined> => {
  const text = fields.leverage;
  if (text === undefined) return read(undefined);
  const value = decimalOf(text);
  const parsed = leverage.safeParse(value === undefined ? undefined : Number(value));
  return parsed.success
    ? read(parsed.data)
    : refuse('alert.field_invalid', '"leverage" must be a whole number from 1 to 125', 'leverage');
};

/** A field's word, if it is one of these; words of the format that are not honoured yet are told apart from what is none. */
export const wordIn = <Word extends string>(
  fields: Fields,
  field: AlertField,
  allowed: readonly Word[],
): Read<Word | undefined> => {
  const value = fields[field]?.trim().toLowerCase();
  if (value === undefined) return read(undefined);
  const word = allowed.find((each) => each === value);
  if (word !== undefined) return read(word);
  const known: readonly string[] = Object.hasOwn(valuesNotYet, field) ? valuesNotYet[field as keyof typeof valuesNotYet] : [];
  const choice = allowed.map((each) => `"${each}"`).join(' or ');
  return known.includes(value)
    ? refuse('not_supported', `this value of "${field}" is not supported yet; use ${choice}`, field)
    : refuse('alert.field_invalid', `"${field}" must be ${choice}`, field);
};

/** Whole seconds from 1 to `most`; undefined where the alert has none, or zero. */
export const secondsIn = (fields: Fields, field: AlertField, most: number): Read<number | undefined> => {
  const text = fields[field]?.trim();
  if (text === undefined || /^0+$/.test(text)) return read(undefined);
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return seconds >= 1 && seconds <= most
    ? read(seconds)
    : refuse('alert.field_invalid', `"${field}" must be whole seconds from 1 to ${most}`, field);
};

/** The fields that we know, as text; `null` and `""` are what an unset placeholder leaves, so they count as absent. */
export const knownFields = (body: Readonly<Record<string, ExactJson>>): Read<Fields> => {
  const fields: Partial<Record<AlertField, string>> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!isAlertField(name) || value === null || value === '' || alertFields[name] === 'list') continue;
    if (alertFields[name] === 'not-yet') {
      return refuse(
        'not_supported',
        `"${name}" is not supported yet, and trading without it could do what you did not mean; leave it out`,
        name,
      );
    }
    if (typeof value !== 'string') return refuse('alert.field_invalid', `"${name}" must be text or a number`, name);
    fields[name] = value;
  }
  return read(fields);
};
