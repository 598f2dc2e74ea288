import { signalAction, type Signal } from '@latchkey/contracts';
import { decimal, isDecimal, isPositive, type Decimal } from '@latchkey/kernel';
import { readFireTime } from './fire-time.js';
import { fromOkx, isOkx } from './formats/okx.js';
import type { InOwnFormat, Members } from './formats/own-format.js';
import { fromThreeCommas, isThreeCommas } from './formats/three-commas.js';
import { readExactJson, type ExactJson } from './read-json.js';
import { read, refuse, type Read, type Refusal } from './refusal.js';
import { readTicker } from './ticker.js';
import { alertFields, isAlertField, valuesNotYet, warnAbout, type AlertField } from './vocabulary.js';

/** An alert that we understood: all that is kept of it. */
export type Alert = {
  readonly signal: Signal;
  readonly idempotencyKey?: string;
  /** Milliseconds since the epoch; absent when the alert does not say. */
  readonly firedAtMs?: number;
  /** How long ago it may have fired, where it says so itself. */
  readonly maxLagSeconds?: number;
  /** What it calls the time at which it fired. */
  readonly timeField: string;
  readonly warnings: readonly string[];
  /** The whole body, for its digest only; never stored. */
  readonly body: ExactJson;
};

type Fields = Readonly<Partial<Record<AlertField, string>>>;

const template = 'the README has a message that works with TradingView';
const maxAmountDigits = 40; // beyond any venue; bounds `1e999`
const plainText = /^[^\p{Cc}\p{Cs}]{1,128}$/u;

const amount = (field: AlertField, text: string): Read<Decimal> => {
  const value = isDecimal(text) ? decimal(text) : undefined;
  return value !== undefined && value.length <= maxAmountDigits && isPositive(value)
    ? read(value)
    : refuse('alert.field_invalid', `"${field}" must be a decimal number above zero, like "0.01"`, field);
};

const oneOf = (fields: Fields, field: keyof typeof valuesNotYet, allowed: readonly string[]): Read<string | undefined> => {
  const value = fields[field]?.trim().toLowerCase();
  if (value === undefined || allowed.includes(value)) return read(value);
  const known: readonly string[] = valuesNotYet[field];
  const choice = allowed.map((each) => `"${each}"`).join(' or ');
  return known.includes(value)
    ? refuse('not_supported', `this value of "${field}" is not supported yet; use ${choice}`, field)
    : refuse('alert.field_invalid', `"${field}" must be ${choice}`, field);
};

/** The fields that we know, as text; `null` and `""` are what an unset placeholder leaves, so they count as absent. */
const knownFields = (body: Readonly<Record<string, ExactJson>>): Read<Fields> => {
  const fields: Partial<Record<AlertField, string>> = {};
  for (const [name, value] of Object.entries(body)) {
    if (!isAlertField(name) || value === null || value === '') continue;
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

const shownFields = (fields: Fields): Read<undefined> => {
  for (const field of ['marketPosition', 'prevMarketPosition'] as const) {
    const value = fields[field]?.trim().toLowerCase();
    if (value !== undefined && !['long', 'short', 'flat'].includes(value)) {
      return refuse('alert.field_invalid', `"${field}" must be "long", "short" or "flat"`, field);
    }
  }
  for (const field of ['orderId', 'idempotencyKey', 'exchange'] as const) {
    const value = fields[field];
    if (value !== undefined && !plainText.test(value)) {
      return refuse('alert.field_invalid', `"${field}" must be at most 128 characters without control characters`, field);
    }
  }
  return read(undefined);
};

const withFields = (fields: Fields): Read<Pick<Alert, 'signal' | 'idempotencyKey' | 'firedAtMs'>> => {
  for (const field of ['ticker', 'action'] as const) {
    if (fields[field] === undefined) return refuse('alert.field_missing', `"${field}" is missing; ${template}`, field);
  }
  const market = readTicker(fields.ticker ?? '');
  if (!market)
    return refuse('alert.field_invalid', '"ticker" must name a market like BTCUSDT, BTCUSDT.P or BINANCE:BTCUSDT', 'ticker');
  const action = oneOf(fields, 'action', signalAction.options);
  if (!action.ok) return action;
  const orderType = oneOf(fields, 'orderType', ['market']);
  if (!orderType.ok) return orderType;
  const quantityType = oneOf(fields, 'quantityType', ['fixed_quantity']);
  if (!quantityType.ok) return quantityType;
  const shown = shownFields(fields);
  if (!shown.ok) return shown;

  const quantity = fields.quantity === undefined ? undefined : amount('quantity', fields.quantity);
  if (quantity && !quantity.ok) return quantity;
  const priceField = fields.price === undefined ? 'signalPrice' : 'price';
  const price = fields[priceField] === undefined ? undefined : amount(priceField, fields[priceField]);
  if (price && !price.ok) return price;
  const firedAtMs = fields.time === undefined ? undefined : readFireTime(fields.time.trim());
  if (fields.time !== undefined && firedAtMs === undefined) {
    return refuse(
      'alert.field_invalid',
      '"time" must be a moment like 2026-01-31T12:00:00Z; TradingView writes it for {{timenow}}',
      'time',
    );
  }
  return read({
    signal: {
      market,
      actions: [{ action: signalAction.parse(action.value), orderType: 'market' }],
      ...(quantity && { quantity: quantity.value }),
      ...(price && { price: price.value }),
      ...(fields.orderId !== undefined && { orderId: fields.orderId }),
      ...(firedAtMs !== undefined && { firedAt: new Date(firedAtMs).toISOString() }),
    },
    ...(fields.idempotencyKey !== undefined && { idempotencyKey: fields.idempotencyKey }),
    ...(firedAtMs !== undefined && { firedAtMs }),
  });
};

const inOwnFormat = (alert: Members): Read<InOwnFormat> => {
  if (isThreeCommas(alert)) return fromThreeCommas(alert);
  if (isOkx(alert)) return fromOkx(alert);
  return read({ fields: alert, names: {}, warnings: warnAbout(Object.keys(alert).filter((name) => !isAlertField(name))) });
};

/** A refusal in the words of the format that the alert was written in. */
const inItsWords = (refusal: Refusal, { names }: InOwnFormat): Refusal => {
  const { field } = refusal;
  const theirs = field !== undefined && isAlertField(field) ? names[field] : undefined;
  if (field === undefined || theirs === undefined) return refusal;
  return { ...refusal, field: theirs, message: refusal.message.replaceAll(`"${field}"`, `"${theirs}"`) };
};

/**
 * What the text of an alert says, or why it is not taken. Reads the body, not its content type: TradingView sends both. An alert that was
 * written for 3Commas or OKX is read as it is.
 */
export const readAlert = (text: string): Read<Alert> => {
  // Before JSON: a placeholder without quotes is no JSON either, and this is the more helpful answer.
  if (text.includes('{{')) {
    return refuse(
      'alert.placeholders_left',
      'a {{placeholder}} arrived as it was written; TradingView fills {{strategy.…}} in for alerts on a strategy only, so create the alert on the strategy',
    );
  }
  const body = readExactJson(text);
  if (body === undefined) return refuse('alert.malformed', `the alert's message is not JSON; ${template}`);
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    return refuse('alert.malformed', `the alert's message must be one JSON object; ${template}`);
  }
  const own = inOwnFormat(body as Members);
  if (!own.ok) return own;
  const fields = knownFields(own.value.fields);
  const understood = fields.ok ? withFields(fields.value) : fields;
  if (!understood.ok) return { ok: false, refusal: inItsWords(understood.refusal, own.value) };
  const { names, maxLagSeconds, warnings } = own.value;
  return read({
    ...understood.value,
    ...(maxLagSeconds !== undefined && { maxLagSeconds }),
    timeField: names.time ?? 'time',
    warnings,
    body,
  });
};
