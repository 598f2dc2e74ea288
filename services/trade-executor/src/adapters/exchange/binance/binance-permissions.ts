import type { AccountSettings, Environment, VerificationResult } from '@latchkey/contracts';
import type { binance } from 'ccxt';
import { z } from 'zod';
import type { Exchange } from '../../../app/ports/exchange.js';
import { failedVerification } from '../../../domain/verification/refused-key.js';
import type { SignedRequests } from '../signed-requests.js';

const restrictions = z.looseObject({
  ipRestrict: z.boolean(),
  enableReading: z.boolean(),
  enableSpotAndMarginTrading: z.boolean(),
  enableWithdrawals: z.boolean(),
  enableFutures: z.boolean().optional(),
  tradingAuthorityExpirationTime: z.union([z.number(), z.string()]).transform(Number).nullish(),
});
type Restrictions = z.output<typeof restrictions>;

// What describes the key rather than grants a right.
const noRights: ReadonlySet<string> = new Set(['ipRestrict']);

const dayMs = 86_400_000;

/** Older definitions have it; the epoch stands for "never". */
const expiryOf = ({ tradingAuthorityExpirationTime: at }: Restrictions): { readonly expiresAt?: string } =>
  at !== undefined && at !== null && at > dayMs ? { expiresAt: new Date(at).toISOString() } : {};

const marketsOf = ({ enableReading, enableSpotAndMarginTrading, enableFutures }: Restrictions) => ({
  spot: { canRead: enableReading, canTrade: enableSpotAndMarginTrading },
  linear: {
    canRead: enableFutures === undefined ? null : enableReading && enableFutures,
    canTrade: enableFutures ?? null,
  },
});

/**
 * Every right that is on goes to the vault under the venue's own name, known to us or not: the vault refuses what it does not know. That the
 * key may trade is the box "Enable Spot & Margin Trading", which users are told to tick; futures come on top.
 */
const readRestrictions = (body: unknown): VerificationResult | undefined => {
  const parsed = restrictions.safeParse(body);
  if (!parsed.success) return undefined;
  const { ipRestrict, enableReading, enableSpotAndMarginTrading, enableWithdrawals } = parsed.data;
  return {
    outcome: 'reported',
    permissions: { canRead: enableReading, canTrade: enableSpotAndMarginTrading, canWithdraw: enableWithdrawals },
    granted: Object.entries(parsed.data)
      .filter(([name, value]) => value === true && !noRights.has(name))
      .map(([name]) => name),
    ipRestricted: ipRestrict,
    markets: marketsOf(parsed.data),
    ...expiryOf(parsed.data),
  };
};

/** The testnet has no permission endpoint: a signed read proves that the key works, and no more. */
const readTestnetAccount = (body: unknown): VerificationResult | undefined =>
  z.looseObject({ balances: z.array(z.unknown()) }).safeParse(body).success
    ? { outcome: 'reported', permissions: { canRead: null, canTrade: null, canWithdraw: null }, granted: [], ipRestricted: null }
    : undefined;

type Verifying = { readonly environment: Environment; readonly signed: binance; readonly run: SignedRequests['run'] };

/** Asks what a key may do. It is one question for all markets of Binance, answered by the spot host. */
export const verifyBinanceKey =
  ({ environment, signed, run }: Verifying): Exchange['verifyKey'] =>
  async (call) => {
    const answer =
      environment === 'testnet'
        ? await run(call, 'account', () => signed.privateGetAccount(), readTestnetAccount)
        : await run(call, 'key.permissions', () => signed.sapiGetAccountApiRestrictions(), readRestrictions);
    return answer.ok ? answer.value : failedVerification('binance', answer.failure);
  };

const accountConfig = z.object({ dualSidePosition: z.boolean() });

const readAccountConfig = (body: unknown): AccountSettings | undefined => {
  const parsed = accountConfig.safeParse(body);
  return parsed.success ? { positionMode: parsed.data.dualSidePosition ? 'hedge' : 'one_way' } : undefined;
};

/** How a futures account keeps its positions: the account's settings tell it for a weight of 5, the position mode's own endpoint for 30. */
export const readUsdmAccount =
  ({ signed, run }: Pick<Verifying, 'signed' | 'run'>): NonNullable<Exchange['accountSettings']> =>
  async (call) => {
    const answer = await run(call, 'account.settings', () => signed.fapiPrivateGetAccountConfig(), readAccountConfig);
    return answer.ok ? answer.value : {};
  };
