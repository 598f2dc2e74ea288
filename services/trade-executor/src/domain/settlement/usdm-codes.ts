import { binanceSpotCodes, binanceSpotStatuses, type BinanceTable, type CodeRule } from './binance-codes.js';
import { positionModeReason } from './outcome.js';

const rejected = (reason: string, advice: string): CodeRule => ({ outcome: 'rejected', reason, advice });
const turnedAway = (reason: string, advice: string): CodeRule => ({ outcome: 'turned_away', reason, advice });

const ourDefect = 'Nothing was ordered. This is a defect of this software: report it with the trade id.';
const malformed = rejected('venue.request_malformed', ourDefect);
const badKey = rejected(
  'venue.key_refused',
  'Nothing was ordered. Check at the exchange that the key exists, may trade futures, and allows the addresses that Latchkey sends from.',
);
const tooPoor = rejected(
  'venue.insufficient_balance',
  'Nothing was ordered. The futures account has too little margin for the order; transfer some at the exchange.',
);
const tooLarge = rejected(
  'venue.position_limit',
  'Nothing was ordered. The exchange allows no more orders, or no larger position, at this leverage on this symbol.',
);
const overloaded = turnedAway('venue.overloaded', 'Nothing was ordered yet; it is sent again while the signal is fresh.');
const duplicate: CodeRule = { outcome: 'unknown', cause: 'duplicate_client_order_id', venueSaidUnknown: false };

/** What both of Binance's markets answer alike. */
const shared = Object.fromEntries(
  [-1000, -1001, -1003, -1006, -1007, -1008, -1013, -1015, -1021, -1022, -1100, -1101, -1102, -1104, -1105, -1106, -1111, -1121]
    .map((code) => [code, binanceSpotCodes[code]])
    .filter((entry): entry is [number, CodeRule] => entry[1] !== undefined),
);

/**
 * Binance USDT-M futures: venue code → what it proves about a new order. Everything that is not listed is unknown and looked up.
 *
 * @see exchange-facts.md 3.5, column "accepted?"; the reader's version is docs/outcomes.md, which a spec keeps equal to this table
 */
const codes: Readonly<Record<number, CodeRule>> = {
  ...shared,
  [-2008]: badKey,
  [-2010]: rejected('venue.order_refused', 'Nothing was ordered.'),
  [-2014]: badKey,
  [-2015]: badKey,
  [-2018]: tooPoor,
  [-2019]: tooPoor,
  [-2020]: rejected('venue.unable_to_fill', 'Nothing was ordered. The order book had nothing to fill it with.'),
  [-2021]: rejected('venue.would_trigger', 'Nothing was ordered. The order would have triggered at once.'),
  [-2022]: rejected('venue.reduce_only', 'Nothing was ordered. There is no position left that the order could reduce.'),
  [-2025]: tooLarge,
  [-2027]: tooLarge,
  [-2028]: tooLarge,
  [-4003]: rejected(
    'venue.filter_failure',
    "Nothing was ordered. The size breaks one of the exchange's rules for this symbol; change the following's size.",
  ),
  [-4015]: malformed,
  [-4028]: rejected('venue.leverage_refused', 'Nothing was ordered. The exchange does not allow this leverage.'),
  // The account's position mode is not asked for beforehand (30 of the address's 2,400 a minute): this refusal tells it.
  [-4061]: turnedAway(
    positionModeReason,
    'Nothing was ordered yet; the account keeps its positions another way, and the order is sent again in that form.',
  ),
  [-4116]: duplicate, // an order with our id is open: it is our own earlier attempt
  [-4120]: malformed,
  [-4131]: turnedAway(
    'venue.price_limit',
    'Nothing was ordered yet; the best price is outside of what the exchange allows, and the order is sent again while the signal is fresh.',
  ),
  [-4164]: rejected(
    'venue.below_minimum_notional',
    "Nothing was ordered. The order's value is below the exchange's minimum; change the following's size.",
  ),
  [-4400]: rejected(
    'venue.account_restricted',
    'Nothing was ordered. The exchange lets this account only reduce positions now (its quantitative rules).',
  ),
  [-5022]: rejected('venue.post_only', 'Nothing was ordered. The order would have been filled at once.'),
};

/** HTTP 503 means three things; the venue's words tell them apart, and no words mean unknown. */
const texts: BinanceTable['texts'] = [
  { http: 503, text: 'Unknown error', rule: { outcome: 'unknown', cause: 'venue_unknown_error', venueSaidUnknown: true } },
  { http: 503, text: 'Service Unavailable', rule: overloaded },
  { http: 503, text: 'Internal error; unable to process your request', rule: overloaded },
  { code: -2010, text: 'Duplicate order sent', rule: duplicate },
];

export const usdmTable: BinanceTable = { codes, texts, statuses: { ...binanceSpotStatuses, 401: badKey } };
