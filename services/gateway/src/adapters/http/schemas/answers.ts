import {
  auditEntry,
  dayResult,
  following,
  exchange,
  missedAlert,
  paperAccount,
  followingResult,
  previewedTrade,
  position,
  positionDrift,
  riskLimits,
  signal,
  timelineEntry,
  totalResult,
  tradeView,
  tradingHalt,
} from '@latchkey/contracts';
import { z } from 'zod';
import { keyDetails, keyNotices, keyPermissions } from './key-details.js';

const success = { success: z.literal(true) };
const nextCursor = z.string().nullable().describe('`cursor` of the next page; null on the last');
const time = z.iso.datetime();

export const errorAnswer = z
  .strictObject({
    success: z.literal(false),
    error: z.strictObject({
      code: z.string().describe('stable; docs/errors.md lists them'),
      message: z.string().describe('what is wrong and what to do'),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .meta({ id: 'Error' });

export const doneAnswer = z.strictObject({ ...success, message: z.string() });
export const saveKeyAnswer = z.strictObject({ ...success, message: z.string(), masked_key: z.string() });
export const verifyKeyAnswer = z.strictObject({
  ...success,
  message: z.string(),
  permissions: keyPermissions,
  ...keyNotices,
});

export const generateKeyAnswer = z.strictObject({
  ...success,
  message: z.string(),
  publicKey: z.string().describe('PEM: register this, line for line, at the exchange'),
  signed: z.string().describe("the vault's JWS over account and public key; check it against the vault's key that you pinned"),
  expiresAt: time.describe('until when it can be activated'),
});
export const activateKeyAnswer = verifyKeyAnswer.extend({ masked_key: z.string() });

const keyPresent = {
  has_key: z.literal(true),
  masked_key: z.string(),
  enabled: z.boolean(),
  verified: z.boolean(),
  keyType: z.enum(['ed25519', 'rsa']).optional().describe('absent: a key with a secret (HMAC)'),
  verified_at: time.optional(),
  reason: z.string().optional().describe('why the key is not in use'),
};
const keyState = z.union([z.strictObject(keyPresent), z.strictObject({ has_key: z.literal(false) })]);
export const keyStatusAnswer = z.union([
  z.strictObject({
    ...success,
    ...keyPresent,
    ...keyNotices,
    ...keyDetails,
    nextVerificationAt: time.optional().describe('when the exchange is asked again; with `details=true`'),
  }),
  z.strictObject({ ...success, has_key: z.literal(false) }),
]);
export const allKeysAnswer = z.strictObject({
  ...success,
  tradingMode: z.literal('PERSONAL'),
  exchanges: z.strictObject({ bybit: keyState, binance: keyState }),
});
export const sealingKeyAnswer = z.strictObject({
  ...success,
  jwk: z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    kid: z.string(),
    use: z.literal('enc'),
    x: z.string(),
    y: z.string(),
  }),
  signed: z.string().describe("the vault's JWS over the JWK; check it against the vault's key that you pinned"),
});
export const addressesAnswer = z.strictObject({ ...success, addresses: z.array(z.string()) });

const strategyView = z.strictObject({ id: z.uuid(), name: z.string(), createdAt: time });
export const strategyWithUrlAnswer = z.strictObject({
  ...success,
  strategy: z.strictObject({
    id: z.uuid(),
    name: z.string(),
    webhookUrl: z.url().describe('shown this once: whoever has it may send alerts'),
  }),
});
export const strategyAnswer = z.strictObject({ ...success, strategy: strategyView });
export const strategiesAnswer = z.strictObject({ ...success, strategies: z.array(strategyView), nextCursor });
export const alertsAnswer = z.strictObject({
  ...success,
  alerts: z.array(
    z.strictObject({
      id: z.uuid(),
      receivedAt: time,
      status: z.enum(['accepted', 'refused']),
      signalId: z.uuid().optional(),
      duplicates: z.int().optional().describe('further deliveries of the same alert'),
      missed: missedAlert.optional(),
      code: z.string().optional(),
      message: z.string().optional(),
      field: z.string().optional(),
    }),
  ),
  nextCursor,
});

const { userId: _own, strategyId: _inStrategy, ...followingShape } = following.shape;
const followView = z.strictObject({ ...followingShape, strategy: z.strictObject({ id: z.uuid(), name: z.string() }) });
export const followAnswer = z.strictObject({ ...success, following: followView });

const changed = z.boolean().describe('false: it was so already');
export const haltAnswer = z.strictObject({ ...success, changed, halt: tradingHalt });
export const resumeAnswer = z.strictObject({ ...success, changed });
export const riskLimitsAnswer = z.strictObject({
  ...success,
  limits: riskLimits.shape.limits.describe("the caller's own; null: not limited"),
  others: riskLimits.shape.others.describe(
    "set by others: the platform's, and those of strategies that the caller owns or follows",
  ),
  halts: z.array(tradingHalt).describe("in force: the caller's, the platform's, and those of strategies they own or follow"),
});

export const alertAnswer = z.strictObject({
  ...success,
  signalId: z.uuid(),
  status: z.enum(['accepted', 'duplicate']),
  warnings: z.array(z.string()).optional(),
});

export const signalAnswer = z.strictObject({
  ...success,
  signal: z.strictObject({
    id: z.uuid(),
    strategyId: z.uuid(),
    sequence: z.int().describe("place in the strategy's order of signals"),
    receivedAt: time,
    traceId: z.string(),
    ...signal.shape,
  }),
  fanOut: z.enum(['pending', 'done']),
  pooledTrades: z.array(z.never()).describe('always empty: funds are never pooled'),
  personalTrades: z.array(tradeView).describe("the caller's own"),
  totalTrades: z.int(),
  counts: z.record(z.string(), z.int()).optional().describe("all followers' trades by status; for the strategy's owner"),
});
export const positionsAnswer = z.strictObject({ ...success, positions: z.array(position), drifts: z.array(positionDrift) });
export const performanceAnswer = z.strictObject({
  ...success,
  results: z.array(followingResult),
  totals: z.array(totalResult).describe('of all followings that the filter lets through, by environment and quote asset'),
  days: z.array(dayResult).describe('on which something was realised, newest first, at most 400'),
  nextCursor,
});
export const tradesAnswer = z.strictObject({ ...success, trades: z.array(tradeView), nextCursor });
export const tradeAnswer = z.strictObject({
  ...success,
  trade: tradeView,
  timeline: z.array(timelineEntry),
  traceId: z.string().nullable(),
});
export const auditAnswer = z.strictObject({ ...success, entries: z.array(auditEntry), nextCursor });

export const healthAnswer = z.strictObject({
  status: z.enum(['ok', 'degraded']),
  parts: z.record(z.string(), z.enum(['ok', 'away'])),
});
export const jwksAnswer = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) });

export const paperAccountAnswer = z.strictObject({ success: z.literal(true), exchange, markets: paperAccount.shape.markets });

export const previewAnswer = z.strictObject({
  ...success,
  following: followView,
  signal: signal.describe('the alert as it was understood'),
  warnings: z.array(z.string()).optional(),
  trades: z
    .array(previewedTrade)
    .describe('one for each action that would be traded or denied; empty while the following is not enabled'),
});
