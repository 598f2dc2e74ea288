/** What an answer of a venue proves about a new order. */
export type CodeRule =
  | { readonly outcome: 'rejected'; readonly reason: string; readonly advice: string }
  | { readonly outcome: 'turned_away'; readonly reason: string; readonly advice: string; readonly resyncClock?: boolean }
  | { readonly outcome: 'unknown'; readonly cause: string; readonly venueSaidUnknown: boolean };

/** One of Binance's markets: what each code, each telling sentence and each bare status proves. */
export type BinanceTable = {
  readonly codes: Readonly<Record<number, CodeRule>>;
  /** The venue's words, where a code or a status means several things; they come first. */
  readonly texts: readonly { readonly code?: number; readonly http?: number; readonly text: string; readonly rule: CodeRule }[];
  /** Statuses whose body held no code: refused at the edge, before the order desk. */
  readonly statuses: Readonly<Record<number, CodeRule>>;
};

const rejected = (reason: string, advice: string): CodeRule => ({ outcome: 'rejected', reason, advice });
const unknown = (cause: string): CodeRule => ({ outcome: 'unknown', cause, venueSaidUnknown: true });

const ourDefect = 'Nothing was ordered. This is a defect of this software: report it with the trade id.';
const badKey =
  'Nothing was ordered. Check at the exchange that the key exists, may trade spot, and allows the addresses that Latchkey sends from.';
const malformed = rejected('venue.request_malformed', ourDefect);

/**
 * Venue code → what it proves. Everything that is not listed is unknown and looked up.
 *
 * @see exchange-facts.md 3.5, column "accepted?"; the reader's version is docs/outcomes.md, which a spec keeps equal to this table
 */
export const binanceSpotCodes: Readonly<Record<number, CodeRule>> = {
  [-1000]: unknown('venue_unknown_error'),
  [-1001]: unknown('venue_disconnected'),
  [-1003]: {
    outcome: 'turned_away',
    reason: 'venue.rate_limited',
    advice: 'Nothing was ordered yet; it is sent again when the exchange allows.',
  },
  [-1006]: unknown('venue_unexpected_answer'),
  [-1007]: unknown('venue_backend_timeout'),
  [-1008]: {
    outcome: 'turned_away',
    reason: 'venue.overloaded',
    advice: 'Nothing was ordered yet; it is sent again while the signal is fresh.',
  },
  [-1013]: rejected(
    'venue.filter_failure',
    "Nothing was ordered. The size breaks one of the exchange's rules for this symbol; change the following's size.",
  ),
  [-1015]: {
    outcome: 'turned_away',
    reason: 'venue.too_many_orders',
    advice: 'Nothing was ordered yet; it is sent again when the exchange allows.',
  },
  [-1021]: {
    outcome: 'turned_away',
    reason: 'venue.outside_window',
    advice: 'Nothing was ordered yet; the clock is compared again first.',
    resyncClock: true,
  },
  [-1022]: rejected(
    'venue.bad_signature',
    'Nothing was ordered. The exchange did not take the signature: save the key and its secret again.',
  ),
  [-1100]: malformed,
  [-1101]: malformed,
  [-1102]: malformed,
  [-1104]: malformed,
  [-1105]: malformed,
  [-1106]: malformed,
  [-1111]: malformed,
  [-1121]: rejected(
    'venue.unknown_symbol',
    'Nothing was ordered. The exchange does not know this symbol; check the ticker in the alert.',
  ),
  [-2008]: rejected('venue.key_refused', badKey),
  [-2010]: rejected('venue.order_refused', 'Nothing was ordered.'),
  [-2014]: rejected('venue.key_refused', badKey),
  [-2015]: rejected('venue.key_refused', badKey),
};

/** `-2010` means several things; the venue's words tell them apart. */
const newOrderTexts: readonly { readonly text: string; readonly rule: CodeRule }[] = [
  // An order with our id is open: it is our own earlier attempt.
  { text: 'Duplicate order sent', rule: { outcome: 'unknown', cause: 'duplicate_client_order_id', venueSaidUnknown: false } },
  {
    text: 'insufficient balance',
    rule: rejected(
      'venue.insufficient_balance',
      'Nothing was ordered. The account has too little of the asset that pays for the order.',
    ),
  },
  { text: 'Market is closed', rule: rejected('venue.market_closed', 'Nothing was ordered. The market is closed.') },
  {
    text: 'not permitted for this',
    rule: rejected('venue.symbol_not_permitted', 'Nothing was ordered. The account may not trade this symbol.'),
  },
];

/** Statuses whose body held no code: refused at the edge, before the order desk. */
export const binanceSpotStatuses: Readonly<Record<number, CodeRule>> = {
  400: rejected('venue.request_refused', ourDefect),
  401: rejected('venue.key_refused', badKey),
  403: rejected('venue.forbidden', 'Nothing was ordered. The exchange refuses requests from our address.'),
  404: rejected('venue.request_refused', ourDefect),
  409: rejected('venue.request_refused', ourDefect),
  418: {
    outcome: 'turned_away',
    reason: 'venue.rate_limited',
    advice: 'Nothing was ordered yet; it is sent again when the exchange allows.',
  },
  429: {
    outcome: 'turned_away',
    reason: 'venue.rate_limited',
    advice: 'Nothing was ordered yet; it is sent again when the exchange allows.',
  },
  451: rejected('venue.forbidden', 'Nothing was ordered. The exchange refuses requests from our country.'),
};

export const binanceSpotTable: BinanceTable = {
  codes: binanceSpotCodes,
  texts: newOrderTexts.map((one) => ({ code: -2010, ...one })),
  statuses: binanceSpotStatuses,
};
