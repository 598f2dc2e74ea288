import { binanceSpotTable, type BinanceTable, type CodeRule } from './binance-codes.js';
import type { AttemptOutcome, Failure, LookupFailure } from './outcome.js';
import { usdmTable } from './usdm-codes.js';

const venueWords = ({ message, code, http }: Failure): string => {
  const said = message?.replaceAll(/\s+/g, ' ').slice(0, 200);
  const number = code === undefined ? `HTTP ${String(http)}` : String(code);
  return said ? `The exchange answered "${said}" (${number}).` : `The exchange answered ${number}.`;
};

const isLimit = ({ http }: Failure): boolean => http === 429 || http === 418;

const ruleOf = ({ codes, texts, statuses }: BinanceTable, failure: Failure): CodeRule | undefined => {
  const { http, code, message } = failure;
  // The limits come first: they are told by the status alone, whatever the body says.
  if (http !== undefined && isLimit(failure)) return statuses[http];
  const said = texts.find(
    (one) =>
      (one.code === undefined || one.code === code) &&
      (one.http === undefined || one.http === http) &&
      message?.includes(one.text),
  );
  if (said) return said.rule;
  if (code !== undefined) return codes[code];
  return http === undefined ? undefined : statuses[http];
};

/** Any 5xx and 408 means that the venue itself does not know what became of the order. */
const venueSaidUnknown = ({ http }: Failure): boolean => http !== undefined && (http >= 500 || http === 408);

const classifySubmit =
  (table: BinanceTable) =>
  (failure: Failure): AttemptOutcome => {
    if (failure.withheld !== undefined)
      return { outcome: 'not_sent', reason: 'order.withheld', message: `Nothing was sent: ${failure.withheld}.` };
    if (!failure.sent) {
      return {
        outcome: 'not_sent',
        reason: 'venue.unreachable',
        message: `Nothing was sent: the exchange could not be reached (${failure.cause}).`,
      };
    }
    const rule = ruleOf(table, failure);
    if (rule === undefined) return { outcome: 'unknown', cause: failure.cause, venueSaidUnknown: venueSaidUnknown(failure) };
    if (rule.outcome === 'unknown') return rule;
    const message = `${venueWords(failure)} ${rule.advice}`;
    if (rule.outcome === 'rejected') return { outcome: 'rejected', reason: rule.reason, message };
    return {
      outcome: 'turned_away',
      reason: rule.reason,
      message,
      ...(rule.resyncClock && { resyncClock: true }),
      ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
    };
  };

/**
 * What a failed new order on Binance spot proves. Whatever is not proven is unknown.
 *
 * @see exchange-facts.md 2.6, 3.5 and 5
 */
export const classifyBinanceSubmit = classifySubmit(binanceSpotTable);

/** The same for USDT-M futures, whose 503 means three things. */
export const classifyUsdmSubmit = classifySubmit(usdmTable);

const noSuchOrder = -2013;
const keyRefused: ReadonlySet<number> = new Set([-2008, -2014, -2015, -1022]);

/** What a failed look-up by client order id proves. `absent` is a snapshot: the venue's clock decides whether it counts. */
export const classifyBinanceLookup = (failure: Failure): LookupFailure => {
  const message = failure.http === undefined ? `The exchange did not answer (${failure.cause}).` : venueWords(failure);
  if (failure.code === noSuchOrder) return { outcome: 'absent', reason: 'venue.order_not_found', message };
  if (!isLimit(failure) && (failure.http === 401 || (failure.code !== undefined && keyRefused.has(failure.code)))) {
    return { outcome: 'refused', reason: 'venue.key_refused', message };
  }
  return {
    outcome: 'unavailable',
    reason: 'venue.unavailable',
    message,
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
  };
};
