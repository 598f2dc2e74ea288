import type { Environment, VerificationResult } from '@latchkey/contracts';
import type { binance } from 'ccxt';
import { z } from 'zod';
import type { Exchange } from '../../../app/ports/exchange.js';
import { classifyBinanceLookup } from '../../../domain/settlement/classify-binance.js';
import type { Failure } from '../../../domain/settlement/outcome.js';
import type { SignedRequests } from '../signed-requests.js';

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
const readRestrictions = (body: unknown): VerificationResult | undefined => {
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
const readTestnetAccount = (body: unknown): VerificationResult | undefined =>
  z.looseObject({ balances: z.array(z.unknown()) }).safeParse(body).success
    ? { outcome: 'reported', permissions: { canRead: null, canTrade: null, canWithdraw: null }, granted: [], ipRestricted: null }
    : undefined;

/** Only the venue's own refusal is definite; everything else says to try again. */
const verificationFailure = (failure: Failure): VerificationResult => {
  const { outcome, reason, message } = classifyBinanceLookup(failure);
  return outcome === 'refused'
    ? {
        outcome: 'refused',
        code: reason,
        message: `${message} Check that the key and its secret belong together, that the key exists, and that it allows the addresses of /api/egress-addresses.`,
      }
    : { outcome: 'unavailable', code: 'venue.unavailable', message: `${message} Nothing is known about the key; try again.` };
};

type Verifying = { readonly environment: Environment; readonly signed: binance; readonly run: SignedRequests['run'] };

/** Asks what a key may do. It is one question for all markets of Binance, answered by the spot host. */
export const verifyBinanceKey =
  ({ environment, signed, run }: Verifying): Exchange['verifyKey'] =>
  async (call) => {
    const answer =
      environment === 'testnet'
        ? await run(call, () => signed.privateGetAccount(), readTestnetAccount)
        : await run(call, () => signed.sapiGetAccountApiRestrictions(), readRestrictions);
    return answer.ok ? answer.value : verificationFailure(answer.failure);
  };
