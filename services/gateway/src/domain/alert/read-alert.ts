import type { Signal } from '@latchkey/contracts';
import { amountIn, knownFields, leverageIn, type Fields } from './fields.js';
import { readFireTime } from './fire-time.js';
import { fromOkx, isOkx } from './formats/okx.js';
import { ourOwn, type InOwnFormat, type Members } from './formats/own-format.js';
import { fromStrategyMessage } from './formats/strategy-message.js';
import { fromStrategyPlaceholders, hasStrategyPlaceholders } from './formats/strategy-placeholders.js';
import { fromThreeCommas, isThreeCommas } from './formats/three-commas.js';
import { readExactJson, type ExactJson } from './read-json.js';
import { readOrders } from './read-orders.js';
import { read, refuse, type Read, type Refusal } from './refusal.js';
import { readTicker } from './ticker.js';
import { isAlertField } from './vocabulary.js';

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

const onlyOnLinear = '"leverage" is for followers on linear markets who set none of their own; on spot it is ignored';
const template = 'the README has a message that works with TradingView';
const plainText = /^[^\p{Cc}\p{Cs}]{1,128}$/u;

const shownFields = (fields: Fields): Read<undefined> => {
  for (const field of ['orderId', 'idempotencyKey', 'exchange'] as const) {
    const value = fields[field];
    if (value !== undefined && !plainText.test(value)) {
      return refuse('alert.field_invalid', `"${field}" must be at most 128 characters without control characters`, field);
    }
  }
  return read(undefined);
};

const withFields = (
  fields: Fields,
  { fields: { actions }, handwritten = false }: Pick<InOwnFormat, 'fields' | 'handwritten'>,
): Read<Pick<Alert, 'signal' | 'idempotencyKey' | 'firedAtMs' | 'warnings'>> => {
  if (fields.ticker === undefined) return refuse('alert.field_missing', `"ticker" is missing; ${template}`, 'ticker');
  const market = readTicker(fields.ticker);
  if (!market)
    return refuse('alert.field_invalid', '"ticker" must name a market like BTCUSDT, BTCUSDT.P or BINANCE:BTCUSDT', 'ticker');
  const orders = readOrders(fields, actions, handwritten);
  if (!orders.ok) return orders;
  const shown = shownFields(fields);
  if (!shown.ok) return shown;
  const price = amountIn(fields, fields.price === undefined ? 'signalPrice' : 'price');
  if (!price.ok) return price;
  const leverage = leverageIn(fields);
  if (!leverage.ok) return leverage;
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
      ...orders.value.orders,
      ...(leverage.value !== undefined && { leverage: leverage.value }),
      ...(price.value !== undefined && { price: price.value }),
      ...(fields.orderId !== undefined && { orderId: fields.orderId }),
      ...(firedAtMs !== undefined && { firedAt: new Date(firedAtMs).toISOString() }),
    },
    ...(fields.idempotencyKey !== undefined && { idempotencyKey: fields.idempotencyKey }),
    ...(firedAtMs !== undefined && { firedAtMs }),
    warnings: [...orders.value.warnings, ...(leverage.value === undefined ? [] : [onlyOnLinear])],
  });
};

const inOwnFormat = (alert: Members): Read<InOwnFormat> => {
  if (isThreeCommas(alert)) return fromThreeCommas(alert);
  if (isOkx(alert)) return fromOkx(alert);
  return hasStrategyPlaceholders(alert) ? fromStrategyPlaceholders(alert) : read(ourOwn(alert));
};

/** A refusal in the words of the format that the alert was written in. */
const inItsWords = (refusal: Refusal, { names }: InOwnFormat): Refusal => {
  const { field } = refusal;
  const theirs = field !== undefined && isAlertField(field) ? names[field] : undefined;
  if (field === undefined || theirs === undefined) return refusal;
  return { ...refusal, field: theirs, message: refusal.message.replaceAll(`"${field}"`, `"${theirs}"`) };
};

const understand = (own: Read<InOwnFormat>, body: ExactJson): Read<Alert> => {
  if (!own.ok) return own;
  const fields = knownFields(own.value.fields);
  const understood = fields.ok ? withFields(fields.value, own.value) : fields;
  if (!understood.ok) return { ok: false, refusal: inItsWords(understood.refusal, own.value) };
  const { names, maxLagSeconds, warnings } = own.value;
  return read({
    ...understood.value,
    ...(maxLagSeconds !== undefined && { maxLagSeconds }),
    timeField: names.time ?? 'time',
    warnings: [...warnings, ...understood.value.warnings],
    body,
  });
};

/**
 * What the text of an alert says, or why it is not taken. Reads the body, not its content type: TradingView sends both. An alert that was
 * written for 3Commas or OKX, TradingView's own placeholders, and the message that it writes by itself are read as they are.
 */
export const readAlert = (text: string): Read<Alert> => {
  // Before JSON: a placeholder without quotes is no JSON either, and this is the more helpful answer.
  if (text.includes('{{')) {
    return refuse(
      'alert.placeholders_left',
      'a {{placeholder}} arrived as it was written; TradingView fills {{strategy.…}} in for alerts on a strategy only, so create the alert on the strategy',
    );
  }
  const written = fromStrategyMessage(text);
  if (written) return understand(read(written), text.trim());
  const body = readExactJson(text);
  if (body === undefined) return refuse('alert.malformed', `the alert's message is not JSON; ${template}`);
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    return refuse('alert.malformed', `the alert's message must be one JSON object; ${template}`);
  }
  return understand(inOwnFormat(body as Members), body);
};
