import type { CodeRule } from './binance-codes.js';
import { positionModeReason } from './outcome.js';

/** A rule of Bybit's: a limit also names how long to wait where the venue does not. */
export type BybitRule =
  | Exclude<CodeRule, { readonly outcome: 'turned_away' }>
  | (Extract<CodeRule, { readonly outcome: 'turned_away' }> & { readonly retryAfterMs?: number });

const rejected = (reason: string, advice: string): BybitRule => ({ outcome: 'rejected', reason, advice });
const unknown = (cause: string): BybitRule => ({ outcome: 'unknown', cause, venueSaidUnknown: true });
/** An order with our id stands: it is our own earlier attempt. */
const duplicate: BybitRule = { outcome: 'unknown', cause: 'duplicate_client_order_id', venueSaidUnknown: false };

const limited = (reason: string, retryAfterMs?: number): BybitRule => ({
  outcome: 'turned_away',
  reason,
  advice: 'Nothing was ordered yet; it is sent again when the exchange allows.',
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** The address was used too often: Bybit wants all of its sessions stopped for this long. */
const bybitAddressPauseMs = 10 * 60_000;

const ourDefect = 'Nothing was ordered. This is a defect of this software: report it with the trade id.';
const badKey =
  'Nothing was ordered. Check at the exchange that the key exists on this site, may trade this market, and allows the addresses that Latchkey sends from.';
const malformed = rejected('venue.request_malformed', ourDefect);
const badSize = rejected(
  'venue.filter_failure',
  "Nothing was ordered. The size breaks one of the exchange's rules for this symbol; change the following's size.",
);
const badPrice = rejected('venue.price_refused', 'Nothing was ordered. The price is outside of what the exchange takes now.');
const tooPoor = rejected(
  'venue.insufficient_balance',
  'Nothing was ordered. The account has too little of the asset that pays for the order.',
);
const accountBarred = rejected(
  'venue.account_refused',
  'Nothing was ordered. The exchange does not let this account trade this; its message and its website say why.',
);
const keyRefused = rejected('venue.key_refused', badKey);
const keyExpired = rejected('venue.key_refused', 'Nothing was ordered. The key has expired: renew it at the exchange.');
const addressRefused = rejected('venue.forbidden', 'Nothing was ordered. The exchange refuses requests from our address.');

/**
 * `retCode` → what it proves about a new order, spot and linear. Everything that is not listed is unknown and looked up, also codes that
 * the venue documents for other calls only (cancel, leverage, position mode): as an answer to a new order nobody has said what they mean.
 *
 * @see exchange-facts.md 4.5, column "accepted?"; the reader's version is docs/outcomes.md, which a spec keeps equal to this table
 */
export const bybitCodes: Readonly<Record<number, BybitRule>> = {
  [-2015]: keyExpired,
  429: unknown('venue_overloaded'),
  10000: unknown('venue_timeout'),
  10001: malformed,
  10002: {
    outcome: 'turned_away',
    reason: 'venue.outside_window',
    advice: 'Nothing was ordered yet; the clock is compared again first.',
    resyncClock: true,
  },
  10003: keyRefused,
  10004: rejected(
    'venue.bad_signature',
    'Nothing was ordered. The exchange did not take the signature: save the key and its secret again.',
  ),
  10005: keyRefused,
  10006: limited('venue.rate_limited'),
  10007: keyRefused,
  10008: accountBarred,
  10009: addressRefused,
  10010: keyRefused,
  10014: duplicate,
  10016: unknown('venue_server_error'),
  10017: malformed,
  10018: limited('venue.rate_limited', bybitAddressPauseMs),
  10024: accountBarred,
  10027: accountBarred,
  10028: accountBarred,
  10029: rejected('venue.symbol_not_permitted', 'Nothing was ordered. The account may not trade this symbol.'),
  33004: keyExpired,
  110003: badPrice,
  110004: tooPoor,
  110007: tooPoor,
  110012: tooPoor,
  110017: rejected('venue.nothing_to_reduce', 'Nothing was ordered. There is no position that this order could make smaller.'),
  110020: rejected(
    'venue.too_many_open_orders',
    'Nothing was ordered. The account has as many open orders as the exchange allows.',
  ),
  110044: tooPoor,
  110045: tooPoor,
  110052: tooPoor,
  110072: duplicate,
  110079: unknown('venue_still_processing'),
  110094: badSize,
  170001: unknown('venue_internal_error'),
  170007: unknown('venue_backend_timeout'),
  170032: unknown('venue_network_error'),
  170033: tooPoor,
  170124: badSize,
  170131: tooPoor,
  170134: badPrice,
  170136: badSize,
  170137: badSize,
  170140: badSize,
  170141: duplicate,
  170146: unknown('venue_order_creation_timeout'),
  170149: unknown('venue_order_creation_failed'),
  170210: rejected('venue.order_refused', 'Nothing was ordered.'),
  170222: limited('venue.too_many_orders'),
  170234: unknown('venue_system_error'),
};

/** `10001` and `110017` mean several things; the venue's words, compared in lower case, tell them apart. */
export const bybitTexts: readonly { readonly code: number; readonly text: string; readonly rule: BybitRule }[] = [
  {
    code: 10001,
    text: 'position idx not match position mode',
    rule: {
      outcome: 'turned_away',
      reason: positionModeReason,
      advice: "Nothing was ordered yet; it is sent again for the account's other position mode.",
    },
  },
  { code: 110017, text: 'truncated to zero', rule: badSize },
  { code: 10001, text: 'qty invalid', rule: badSize },
  { code: 10001, text: 'the number of contracts exceeds', rule: badSize },
  {
    code: 10001,
    text: 'not supported symbols',
    rule: rejected(
      'venue.unknown_symbol',
      'Nothing was ordered. The exchange does not know this symbol; check the ticker in the alert.',
    ),
  },
];

/** HTTP statuses whose body held no code: refused at the edge, before the order desk. */
export const bybitStatuses: Readonly<Record<number, BybitRule>> = {
  400: rejected('venue.request_refused', ourDefect),
  401: keyRefused,
  // Also what a barred country gets; either way nobody's requests pass from here for a while.
  403: limited('venue.rate_limited', bybitAddressPauseMs),
  404: rejected('venue.request_refused', ourDefect),
  409: rejected('venue.request_refused', ourDefect),
  418: limited('venue.rate_limited', bybitAddressPauseMs),
  429: limited('venue.overloaded'),
  451: rejected('venue.forbidden', 'Nothing was ordered. The exchange refuses requests from our country.'),
};
