import { bybitCodes, bybitStatuses, bybitTexts, type BybitRule } from './bybit-codes.js';
import type { AttemptOutcome, Failure, LookupFailure } from './outcome.js';

/** Bybit answers business errors with HTTP 200: the code says it, or the status where there is no code. */
const venueWords = ({ message, code, http }: Failure): string => {
  const said = message?.replaceAll(/\s+/g, ' ').slice(0, 200);
  const number = code === undefined ? `HTTP ${String(http)}` : String(code);
  return said ? `The exchange answered "${said}" (${number}).` : `The exchange answered ${number}.`;
};

const addressLimit = 403;

const ruleOf = ({ http, code, message = '' }: Failure): BybitRule | undefined => {
  const rule =
    bybitTexts.find((one) => one.code === code && message.toLowerCase().includes(one.text))?.rule ??
    (code === undefined ? undefined : bybitCodes[code]);
  // The limit of our address is told by the status; only what the body refuses for good outweighs it.
  if (http === addressLimit) return rule?.outcome === 'rejected' ? rule : bybitStatuses[addressLimit];
  if (code !== undefined && code !== 0) return rule;
  return http === undefined ? undefined : bybitStatuses[http];
};

/** What the venue asks for, and never less than its documentation does. */
const waitMs = (failure: Failure, { retryAfterMs }: { readonly retryAfterMs?: number }): number | undefined => {
  const known = [failure.retryAfterMs, retryAfterMs].filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};

/** A code that nobody here knows may hide a time-out inside the venue, so it gets the longer wait, like a 5xx. */
const unlisted = ({ http, code, cause }: Failure): AttemptOutcome => {
  const coded = code !== undefined && code !== 0;
  return {
    outcome: 'unknown',
    cause: coded ? `venue_code_${code}` : cause,
    venueSaidUnknown: coded || (http !== undefined && (http >= 500 || http === 408)),
  };
};

/**
 * What a failed new order proves, on spot and linear. Whatever is not proven is unknown.
 *
 * @see exchange-facts.md 2.6, 4.5 and 5
 */
export const classifyBybitSubmit = (failure: Failure): AttemptOutcome => {
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
  if (rule === undefined) return unlisted(failure);
  if (rule.outcome === 'unknown') return rule;
  const message = `${venueWords(failure)} ${rule.advice}`;
  if (rule.outcome === 'rejected') return { outcome: 'rejected', reason: rule.reason, message };
  const retryAfterMs = waitMs(failure, rule);
  return {
    outcome: 'turned_away',
    reason: rule.reason,
    message,
    ...(rule.resyncClock && { resyncClock: true }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
};

const overloadPauseMs = 10_000;
const limitStatuses: ReadonlySet<number> = new Set([addressLimit, 418, 429]);
const addressLimitCode = 10018;

/** How long everybody has to leave the venue alone after this answer; undefined: it concerns one account at most. */
export const bybitPauseMs = (failure: Failure): number | undefined => {
  const { http, code } = failure;
  const rule = ruleOf(failure);
  if (rule?.outcome !== 'turned_away') return undefined;
  const everybody = code === addressLimitCode || (http !== undefined && limitStatuses.has(http));
  return everybody ? (waitMs(failure, rule) ?? overloadPauseMs) : undefined;
};

const accountLimitCode = 10006;
const accountPauseMs = 1_000;

/** Whom this answer asks to wait: one account at one endpoint, or everybody behind our address. */
export const bybitLimitedFor = (failure: Failure): { readonly whom: 'address' | 'account'; readonly ms: number } | undefined => {
  const everybody = bybitPauseMs(failure);
  if (everybody !== undefined) return { whom: 'address', ms: everybody };
  return failure.code === accountLimitCode ? { whom: 'account', ms: failure.retryAfterMs ?? accountPauseMs } : undefined;
};

const noSuchOrder: ReadonlySet<number> = new Set([110001, 170213]);
/** The key's own fault, and for good. What concerns our address or the whole account's standing may pass. */
const keyRefused: ReadonlySet<number> = new Set([-2015, 10003, 10004, 10005, 10007, 10010, 33004]);

/**
 * What a failed look-up proves. Bybit answers a look-up that found nothing with an empty list, which is no failure and is read elsewhere;
 * the codes of cancel and amend are taken for the same statement.
 */
export const classifyBybitLookup = (failure: Failure): LookupFailure => {
  const { http, code } = failure;
  const message = http === undefined ? `The exchange did not answer (${failure.cause}).` : venueWords(failure);
  if (code !== undefined && noSuchOrder.has(code)) return { outcome: 'absent', reason: 'venue.order_not_found', message };
  if (http !== addressLimit && (http === 401 || (code !== undefined && keyRefused.has(code)))) {
    return { outcome: 'refused', reason: 'venue.key_refused', message };
  }
  const retryAfterMs = failure.retryAfterMs ?? bybitPauseMs(failure);
  return {
    outcome: 'unavailable',
    reason: 'venue.unavailable',
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
};
