import type { ExactJson } from '../read-json.js';
import { read, refuse, type Read } from '../refusal.js';
import { isAlertField, warnAbout, type AlertField } from '../vocabulary.js';

export type Members = Readonly<Record<string, ExactJson>>;

/** An alert that was written for another platform, in the fields of our own format. */
export type InOwnFormat = {
  readonly fields: Readonly<Partial<Record<AlertField, ExactJson>>>;
  /** What the alert itself calls a field, for whoever has to correct it. */
  readonly names: Readonly<Partial<Record<AlertField, string>>>;
  /** How long ago it may have fired; absent: the alert does not say, and its platform has no default. */
  readonly maxLagSeconds?: number;
  /** Its fields are set by whoever writes the alert, not by a platform's form. */
  readonly handwritten?: boolean;
  readonly warnings: readonly string[];
};

/** An alert that was written for us. */
export const ourOwn = (alert: Members): InOwnFormat => ({
  fields: alert,
  names: {},
  handwritten: true,
  warnings: warnAbout(Object.keys(alert).filter((name) => !isAlertField(name))),
});

/** As text; unset placeholders leave `""` or null, which count as absent. */
export const textOf = (value: ExactJson | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const membersOf = (value: ExactJson | undefined): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;

/** Whole seconds from 1 to `most`; undefined for anything else. */
export const lagOf = (text: string, most: number): number | undefined => {
  const seconds = /^\d{1,6}$/.test(text.trim()) ? Number(text) : 0;
  return seconds >= 1 && seconds <= most ? seconds : undefined;
};

/** Said of a credential of another platform: nothing of it is kept. */
export const notNeeded = (name: string): string =>
  `"${name}" is a credential of another platform; Latchkey does not need it and did not keep it: leave it out`;

/** The order of a strategy, in formats that have no other word for it. */
export const strategyAction = (value: ExactJson | undefined, name = 'action'): Read<'buy' | 'sell'> => {
  const word = textOf(value)?.trim().toLowerCase();
  if (word === undefined) return refuse('alert.field_missing', `"${name}" is missing`, name);
  return word === 'buy' || word === 'sell'
    ? read(word)
    : refuse('alert.field_invalid', `"${name}" must be "buy" or "sell"`, name);
};
