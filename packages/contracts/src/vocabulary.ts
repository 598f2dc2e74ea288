import {
  assertNever,
  decimal,
  isDecimal,
  isTraceparent,
  type CredentialId,
  type SignalId,
  type StrategyId,
  type TradeId,
  type UserId,
} from '@latchkey/kernel';
import { z } from 'zod';

/** An amount or price as text, never a JSON number; read into its one spelling, which (unlike that of `1e999`) is a decimal again. */
export const decimalString = z
  .string()
  .refine((value) => isDecimal(value) && isDecimal(decimal(value)), { error: 'must be a decimal number as text, like "0.01"' })
  .transform(decimal)
  .meta({ id: 'Decimal', description: 'A decimal number as text without exponent, e.g. "0.01".' });

const branded = <Id extends string>(schema: z.ZodType<string>): z.ZodType<Id, string> =>
  schema as unknown as z.ZodType<Id, string>;

export const userId = branded<UserId>(
  z.string().regex(/^[A-Za-z0-9._:|@-]{1,128}$/, { error: 'must be 1–128 characters of A–Z a–z 0–9 . _ : | @ -' }),
);
export const strategyId = branded<StrategyId>(z.uuid());
export const signalId = branded<SignalId>(z.uuid());
export const tradeId = branded<TradeId>(z.uuid());
export const credentialId = branded<CredentialId>(z.uuid());
export const verificationId = z.uuid();
/** Names a master key of the vault and tells nothing about it. */
export const masterKeyId = z.string().regex(/^[0-9a-f]{16}$/, { error: 'must be 16 hex digits' });
/** UTC, ISO 8601 with milliseconds. */
export const instant = z.iso.datetime({ precision: 3 });
export const hexDigest = z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be 64 hex digits' });
export const traceparent = z.string().refine(isTraceparent, { error: 'must be a W3C traceparent' });

export const exchange = z.enum(['binance', 'bybit']);
export type ExchangeName = z.infer<typeof exchange>;
export const environment = z.enum(['live', 'testnet']);
export type Environment = z.infer<typeof environment>;
export const marketType = z.enum(['spot', 'linear']);
export type MarketType = z.infer<typeof marketType>;
export const side = z.enum(['buy', 'sell']);
export type Side = z.infer<typeof side>;

/** Where trades are made: with a key at a venue, or on paper, which needs none. */
export const tradingEnvironment = z
  .enum([...environment.options, 'paper'])
  .describe("`paper`: the same decisions and no order at the exchange; fills are made here, at the exchange's own prices");
export type TradingEnvironment = z.infer<typeof tradingEnvironment>;

/** Whose credential, where: at most one is in force per account. */
export const account = z.strictObject({ userId, exchange, environment });
export type Account = z.infer<typeof account>;

/** Whose trades, where. */
export const tradingAccount = account.extend({ environment: tradingEnvironment });
export type TradingAccount = z.infer<typeof tradingAccount>;

export const signPurpose = z
  .enum(['verify', 'open', 'close', 'read', 'cancel', 'configure', 'stream'])
  .describe('what a signature is for; DESIGN 4 says in which state of a credential each is given');
export type SignPurpose = z.infer<typeof signPurpose>;

/** How an account's requests are signed: by a secret that the exchange gave out, or by a private key whose public half it was given. */
export const keyType = z.enum(['hmac', 'ed25519', 'rsa']);
export type KeyType = z.infer<typeof keyType>;

export const sizingMode = z.enum([
  'alert',
  'base_amount',
  'quote_amount',
  'equity_percent',
  'free_percent',
  'position_percent',
  'risk_amount',
  'risk_percent',
]);
/** How much a follower trades per signal; `alert` takes the alert's own quantity and has no value. */
export const sizing = z.strictObject({ mode: sizingMode, value: decimalString.optional() });
export type Sizing = z.infer<typeof sizing>;

/** How many times its margin a position on a linear market is worth. Whole; the exchange's own bounds are checked when it is set. */
export const leverage = z.int().min(1).max(125);

/** What one following is limited to, beside the user's own limits. */
export const followingLimits = z.strictObject({
  maxLeverage: leverage.optional().describe('openings on linear markets have no more, whatever the alert says'),
});

/** A futures position belongs to the account: several followings on one have to know it. */
export const sharedAccount = z
  .boolean()
  .describe(
    'true: this following may trade contracts on an account where another strategy of yours does; positions there are held together',
  );

/** How one user follows one strategy, from a moment on. */
export const followSettings = z.strictObject({
  strategyId,
  ...tradingAccount.shape,
  marketType,
  sizing,
  enabled: z.boolean(),
  shared: sharedAccount.optional(),
  leverage: leverage
    .optional()
    .describe(
      "of openings on linear markets, set at the exchange before each; goes before the alert's. None: the account's own stays",
    ),
  limits: followingLimits.optional(),
});

/** What a key may do, as the venue reports it. `null`: the venue has no way to tell (testnet). */
export const permissions = z.strictObject({
  canRead: z.boolean().nullable(),
  canTrade: z.boolean().nullable(),
  canWithdraw: z.boolean().nullable(),
});
export type Permissions = z.infer<typeof permissions>;

/** Where a request came from: a row in the gateway's `origins` table, and SHA-256 of its salt and value, so that the row can be erased. */
export const origin = z.strictObject({ id: z.uuid(), commitment: hexDigest });
export type Origin = z.infer<typeof origin>;

/** Who asks, in which conversation: travels with every command and ends in the envelope of every event that follows from it. */
export const commandContext = z.strictObject({
  actor: z.string().min(1).max(160).describe('opaque id: "user:<id>", "service:<name>" or "operator:<id>"'),
  correlationId: z.uuid(),
  causationId: z.uuid().optional(),
  traceparent: traceparent.optional(),
  origin: origin.optional(),
});
export type CommandContext = z.infer<typeof commandContext>;
/** The same where only an operator may ask: what follows is recorded as theirs. */
export const operatorContext = commandContext.extend({ actor: z.string().regex(/^operator:[A-Za-z0-9._-]{1,64}$/) });

/** Why something is stopped or goes on: for people to read, and kept for ever, so it names nobody and holds no secret. */
export const reason = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'must not contain control characters' });

/** What trading is halted for: one user's account, one strategy (its owner's word), or everything here. */
export const haltScope = z.enum(['user', 'strategy', 'platform']);
export type HaltScope = z.infer<typeof haltScope>;

const halted = {
  user: { scope: z.literal('user'), userId },
  strategy: { scope: z.literal('strategy'), strategyId, userId: userId.describe('the owner of the strategy') },
  platform: { scope: z.literal('platform') },
};
/** Whose trading is halted or goes on. */
export const haltTarget = z.discriminatedUnion('scope', [
  z.strictObject(halted.user),
  z.strictObject(halted.strategy),
  z.strictObject(halted.platform),
]);
export type HaltTarget = z.infer<typeof haltTarget>;
/** What a halt is found by, beside its scope: a user, a strategy, or nothing for the platform. */
export const haltTargetId = (target: HaltTarget): string => {
  switch (target.scope) {
    case 'user':
      return target.userId;
    case 'strategy':
      return target.strategyId;
    case 'platform':
      return '';
    default:
      return assertNever(target);
  }
};
/** The same with the reason, as events have it. */
export const haltNotice = z.discriminatedUnion('scope', [
  z.strictObject({ ...halted.user, reason }),
  z.strictObject({ ...halted.strategy, reason }),
  z.strictObject({ ...halted.platform, reason }),
]);

/** A market as alerts, orders and venues write it: base and quote joined. */
const marketSymbol = z.string().regex(/^[A-Z0-9]{2,30}$/, { error: 'must be a symbol like "BTCUSDT"' });
/** What a user's openings are limited to; `null`: every symbol. An empty list opens nothing. */
export const symbolList = z.array(marketSymbol).max(500).nullable();
export type SymbolList = z.infer<typeof symbolList>;

/** One of our addresses at one host of a venue, as the limits of both are kept. */
export const limitedAddress = z.strictObject({
  host: z.enum(['binance', 'binance-usdm', 'bybit']),
  environment,
  address: z
    .string()
    .regex(/^(system|[0-9a-f.:]+(\+[0-9a-f.:]+)*)$/i)
    .describe('public; several, joined by "+", where the system chooses between them, and "system" where none is configured'),
});
/** Requests that wait for their turn, by what they are for. */
export const waitingRequests = z.strictObject({
  closing: z.int().nonnegative().describe('orders that close something'),
  service: z.int().nonnegative().describe("the venue's clock, markets and prices"),
  lookup: z.int().nonnegative().describe('look-ups of orders whose outcome is not known'),
  other: z.int().nonnegative().describe('orders that open something, and other reads'),
});
