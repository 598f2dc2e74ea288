import type { VerificationResult } from '@latchkey/contracts';
import type { bybit } from 'ccxt';
import { z } from 'zod';
import type { Exchange } from '../../../app/ports/exchange.js';
import { failedVerification } from '../../../domain/verification/refused-key.js';
import type { SignedRequests } from '../signed-requests.js';
import { readResult, readTime, whole } from './bybit-envelope.js';

const keyInfo = z.object({
  readOnly: whole,
  permissions: z.record(z.string(), z.array(z.string()).nullable()),
  ips: z.union([z.array(z.string()), z.string()]).nullish(),
  deadlineDay: whole.nullish().catch(undefined),
  expiredAt: z.string().nullish(),
  uta: whole.nullish().catch(undefined),
});
type KeyInfo = z.output<typeof keyInfo>;

const dayMs = 86_400_000;

/** An unbound key is said to be listed as "*", or with nothing. */
const isBound = ({ ips }: KeyInfo): boolean => {
  const listed = (typeof ips === 'string' ? ips.split(',') : (ips ?? [])).map((one) => one.trim()).filter((one) => one !== '');
  return listed.length > 0 && !listed.includes('*');
};

/** The epoch stands for "never"; where no date can be read, the days that are left say as much. */
const expiryOf = ({ expiredAt, deadlineDay }: KeyInfo, now: number | undefined): number | undefined => {
  const at = Date.parse(expiredAt ?? '');
  if (Number.isFinite(at)) return at > dayMs ? at : undefined;
  return deadlineDay && deadlineDay > 0 && now !== undefined ? now + deadlineDay * dayMs : undefined;
};

const has = ({ permissions }: KeyInfo, group: string, right: string): boolean => permissions[group]?.includes(right) ?? false;

/** Which rights reading takes is not documented: one that may trade may read. */
const marketRights = (canTrade: boolean, ticked: boolean) => ({ canRead: ticked ? true : null, canTrade });

const marketsOf = (info: KeyInfo) => {
  const spot = has(info, 'Spot', 'SpotTrade');
  const linear = has(info, 'ContractTrade', 'Order') && has(info, 'ContractTrade', 'Position');
  const writes = info.readOnly === 0;
  return { spot: marketRights(writes && spot, spot), linear: marketRights(writes && linear, linear) };
};

/** Every right goes to the vault as `Group:Right`, known to us or not: the vault refuses what it does not know. */
export const readKeyInfo = (body: unknown): VerificationResult | undefined => {
  const info = readResult(body, keyInfo);
  if (!info) return undefined;
  const tradesSomewhere = has(info, 'Spot', 'SpotTrade') || has(info, 'ContractTrade', 'Order');
  const expiresAt = expiryOf(info, readTime(body));
  return {
    outcome: 'reported',
    permissions: {
      canRead: true, // it was signed, and answered
      canTrade: info.readOnly === 0 && tradesSomewhere,
      canWithdraw: has(info, 'Wallet', 'Withdraw'),
    },
    granted: Object.entries(info.permissions).flatMap(([group, rights]) => (rights ?? []).map((right) => `${group}:${right}`)),
    ipRestricted: isBound(info),
    readOnly: info.readOnly !== 0,
    markets: marketsOf(info),
    ...(typeof info.uta === 'number' && { account: { type: info.uta === 1 ? ('unified' as const) : ('classic' as const) } }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
};

/** Asks what the signing key itself may do: one question for all markets, on the testnet too. */
export const verifyBybitKey =
  (signed: bybit, run: SignedRequests['run']): Exchange['verifyKey'] =>
  async (call) => {
    const answer = await run(call, 'key.permissions', () => signed.privateGetV5UserQueryApi(), readKeyInfo);
    return answer.ok ? answer.value : failedVerification('bybit', answer.failure);
  };
