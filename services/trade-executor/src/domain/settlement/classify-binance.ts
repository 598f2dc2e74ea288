import { binanceSpotCodes, binanceSpotNewOrderTexts, binanceSpotStatuses, type CodeRule } from './binance-codes.js';
import type { AttemptOutcome, Failure, LookupFailure } from './outcome.js';

const venueWords = ({ message, code, http }: Failure): string => {
  const said = message?.replaceAll(/\s+/g, ' ').slice(0, 200);
  const number = code === undefined ? `HTTP ${String(http)}` : String(code);
  return said ? `The exchange answered "${said}" (${number}).` : `The exchange answered ${number}.`;
};

const ruleOf = (failure: Failure): CodeRule | undefined => {
  // The limits come first: they are told by the status alone, whatever the body says.
  if (failure.http === 429 || failure.http === 418) return binanceSpotStatuses[failure.http];
  if (failure.code === -2010) {
    const said = binanceSpotNewOrderTexts.find(({ text }) => failure.message?.includes(text));
    if (said) return said.rule;
  }
  if (failure.code !== undefined) return binanceSpotCodes[failure.code];
  return failure.http === undefined ? undefined : binanceSpotStatuses[failure.http];
};

/** Binance spot: any 5xx and 408 means that the venue itself does not know what became of the order. */
const venueSaidUnknown = ({ http }: Failure): boolean => http !== undefined && (http >= 500 || http === 408);

/**
 * What a failed new order proves. Whatever is not proven is unknown.
 *
 * @see exchange-facts.md 2.6, 3.5 and 5
 */
export const classifyBinanceSubmit = (failure: Failure): AttemptOutcome => {
  if (failure.withheld !== undefined)
    return { outcome: 'not_sent', reason: 'order.withheld', message: `Nothing was sent: ${failure.withheld}.` };
  if (!failure.sent) {
    return {
      outcome: 'not_sent',
      reason: 'venue.unreachable',
      message: `Nothing was sent: the exchange could not be reached (${failure.cause}).`,
    };
  }
  const rule = ruleOf(failure);
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

const noSuchOrder = -2013;
const keyRefused: ReadonlySet<number> = new Set([-2008, -2014, -2015, -1022]);

/** What a failed look-up by client order id proves. `absent` is a snapshot: the venue's clock decides whether it counts. */
export const classifyBinanceLookup = (failure: Failure): LookupFailure => {
  const message = failure.http === undefined ? `The exchange did not answer (${failure.cause}).` : venueWords(failure);
  if (failure.code === noSuchOrder) return { outcome: 'absent', reason: 'venue.order_not_found', message };
  if (
    failure.http !== 429 &&
    failure.http !== 418 &&
    (failure.http === 401 || (failure.code !== undefined && keyRefused.has(failure.code)))
  ) {
    return { outcome: 'refused', reason: 'venue.key_refused', message };
  }
  return {
    outcome: 'unavailable',
    reason: 'venue.unavailable',
    message,
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
  };
};
