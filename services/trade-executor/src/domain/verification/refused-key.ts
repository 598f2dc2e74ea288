import type { ExchangeName, KeyRefusal, VerificationResult } from '@latchkey/contracts';
import type { Failure } from '../settlement/outcome.js';

const words: Readonly<Record<KeyRefusal, string>> = {
  'venue.key_unknown':
    'It does not know this key: check that it was copied in full and still exists on this site of the exchange.',
  'venue.key_expired': 'The key has expired: renew it at the exchange.',
  'venue.key_other_environment': 'The key belongs to the other environment of the exchange (live or testnet).',
  'venue.address_not_allowed': 'The key does not allow our address: put all of /api/egress-addresses on its list.',
  'venue.some_addresses_not_allowed': 'Orders leave by any of our addresses: put all of /api/egress-addresses on its list.',
  'venue.signature_refused': 'The secret does not belong to this key.',
  'venue.key_refused':
    'It does not say whether the key, its rights or our address are at fault: check that the key exists, and that it allows the addresses of /api/egress-addresses.',
};

/**
 * Answers to a question about the key itself that prove that it does not work, and why. Nothing else does: not a status alone, which may be a
 * proxy's, and no code that is not here.
 *
 * @see exchange-facts.md 3.5 and 4.5
 */
const codes: Readonly<Record<ExchangeName, Readonly<Record<number, KeyRefusal>>>> = {
  binance: {
    [-2008]: 'venue.key_unknown',
    [-2014]: 'venue.key_refused',
    [-2015]: 'venue.key_refused',
    [-1022]: 'venue.signature_refused',
  },
  bybit: {
    [-2015]: 'venue.key_expired',
    10003: 'venue.key_unknown',
    10004: 'venue.signature_refused',
    10005: 'venue.key_refused',
    10007: 'venue.key_refused',
    10010: 'venue.address_not_allowed',
    33004: 'venue.key_expired',
  },
};

/** Whatever their bodies say, these are about our address, or about nothing at all. */
const limits: Readonly<Record<ExchangeName, readonly number[]>> = { binance: [418, 429], bybit: [403, 418, 429] };

const venueWords = ({ http, code, message, cause }: Failure): string => {
  if (http === undefined) return `The exchange did not answer (${cause}).`;
  const number = code === undefined ? `HTTP ${http}` : String(code);
  const said = message?.replaceAll(/\s+/g, ' ').slice(0, 200);
  return said ? `The exchange answered "${said}" (${number}).` : `The exchange answered ${number}.`;
};

export const refusedKey = (code: KeyRefusal, said: string): VerificationResult => ({
  outcome: 'refused',
  code,
  message: `${said} ${words[code]}`.trim(),
});

/** Only the venue's own refusal is definite; everything else says to try again. */
export const failedVerification = (exchange: ExchangeName, failure: Failure): VerificationResult => {
  const { http, code } = failure;
  const about = http === undefined || limits[exchange].includes(http) || code === undefined ? undefined : codes[exchange][code];
  if (about !== undefined) return refusedKey(about, venueWords(failure));
  return {
    outcome: 'unavailable',
    code: 'venue.unavailable',
    message: `${venueWords(failure)} Nothing is known about the key; try again.`,
  };
};
