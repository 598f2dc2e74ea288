import { z } from 'zod';
import { instant } from './vocabulary.js';

const rights = z.strictObject({ canRead: z.boolean().nullable(), canTrade: z.boolean().nullable() });

/** The account behind a key, as far as the venue told. */
export const accountSettings = z.strictObject({
  type: z.enum(['unified', 'classic']).optional().describe('Bybit: one wallet for all markets, or one for each'),
  positionMode: z
    .enum(['one_way', 'hedge'])
    .optional()
    .describe('one position per symbol, or a long and a short one side by side; at Bybit that of BTCUSDT'),
  marginMode: z.enum(['isolated', 'cross', 'portfolio']).optional(),
});
export type AccountSettings = z.infer<typeof accountSettings>;

/** What a venue says of a key beyond what `permissions` sums up; `null` and absent: it did not say. */
export const keyReport = z.strictObject({
  granted: z.array(z.string()).describe("the venue's own names of the rights that are on, known to us or not"),
  ipRestricted: z.boolean().nullable(),
  readOnly: z.boolean().optional().describe('the key only reads, whatever rights are ticked'),
  markets: z.strictObject({ spot: rights, linear: rights }).optional().describe('what the key may do where'),
  account: accountSettings.optional(),
  expiresAt: instant.optional(),
});
export type KeyReport = z.infer<typeof keyReport>;

/**
 * Codes with which a verification says that the venue refused the key, as far as its answer proves why. `venue.key_refused`: it did, and did
 * not say why (Binance's -2015 stands for the key, the address and the right alike). `venue.some_addresses_not_allowed`: it takes the key from one
 * of our addresses and not from another, which switches no key off that works.
 */
export const keyRefusals = [
  'venue.key_unknown',
  'venue.key_expired',
  'venue.key_other_environment',
  'venue.address_not_allowed',
  'venue.some_addresses_not_allowed',
  'venue.signature_refused',
  'venue.key_refused',
] as const;
export type KeyRefusal = (typeof keyRefusals)[number];

/** Days before a key's end at which its owner is told. */
export const expiryThresholdsDays = [14, 7, 1] as const;
