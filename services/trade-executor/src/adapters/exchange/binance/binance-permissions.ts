import type { VerificationResult } from '@latchkey/contracts';
import { z } from 'zod';
import { classifyBinanceLookup } from '../../../domain/settlement/classify-binance.js';
import type { Failure } from '../../../domain/settlement/outcome.js';

const restrictions = z.looseObject({
  ipRestrict: z.boolean(),
  enableReading: z.boolean(),
  enableSpotAndMarginTrading: z.boolean(),
  enableWithdrawals: z.boolean(),
  tradingAuthorityExpirationTime: z.union([z.number(), z.string()]).transform(Number).optional(),
});

// What describes the key rather than grants a right.
const noRights: ReadonlySet<string> = new Set(['ipRestrict']);

/** Every right that is on goes to the vault under the venue's own name, known to us or not: the vault refuses what it does not know. */
export const readRestrictions = (body: unknown): VerificationResult | undefined => {
  const parsed = restrictions.safeParse(body);
  if (!parsed.success) return undefined;
  const { ipRestrict, enableReading, enableSpotAndMarginTrading, enableWithdrawals, tradingAuthorityExpirationTime } =
    parsed.data;
  return {
    outcome: 'reported',
    permissions: { canRead: enableReading, canTrade: enableSpotAndMarginTrading, canWithdraw: enableWithdrawals },
    granted: Object.entries(parsed.data)
      .filter(([name, value]) => value === true && !noRights.has(name))
      .map(([name]) => name),
    ipRestricted: ipRestrict,
    ...(tradingAuthorityExpirationTime !== undefined && { expiresAt: new Date(tradingAuthorityExpirationTime).toISOString() }),
  };
};

/** The testnet has no permission endpoint: a signed read proves that the key works, and no more. */
export const readTestnetAccount = (body: unknown): VerificationResult | undefined =>
  z.looseObject({ balances: z.array(z.unknown()) }).safeParse(body).success
    ? { outcome: 'reported', permissions: { canRead: null, canTrade: null, canWithdraw: null }, granted: [], ipRestricted: null }
    : undefined;

/** Only the venue's own refusal is definite; everything else says to try again. */
export const verificationFailure = (failure: Failure): VerificationResult => {
  const { outcome, reason, message } = classifyBinanceLookup(failure);
  return outcome === 'refused'
    ? {
        outcome: 'refused',
        code: reason,
        message: `${message} Check that the key and its secret belong together, that the key exists, and that it allows the addresses of /api/egress-addresses.`,
      }
    : { outcome: 'unavailable', code: 'venue.unavailable', message: `${message} Nothing is known about the key; try again.` };
};
