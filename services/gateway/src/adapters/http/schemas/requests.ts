import {
  decimalString,
  environment,
  exchange,
  followingLimits,
  haltScope,
  leverage,
  limitChanges,
  limitNames,
  marketType,
  reason,
  sharedAccount,
  sizingMode,
  paperBalances,
  tradingEnvironment,
  type GatewayErrorCode,
  type HaltScope,
  type LimitChanges,
} from '@latchkey/contracts';
import { decimal, isDecimal, isNegative, isPositive, type SignalId, type StrategyId, type TradeId } from '@latchkey/kernel';
import { z } from 'zod';

// A message that is one of our codes becomes that error (schema-pipe.ts).
const coded = <Code extends GatewayErrorCode>(code: Code): Code => code;
const notSupported = coded('not_supported');

/** A field of the product that is not enforced yet: refused when it is there, never stored and ignored. */
const later = (description: string) =>
  z.never({ error: notSupported }).optional().describe(`${description}: not supported yet, 422`);

const laterValue = <Schema extends z.ZodType<string>>(schema: Schema, supported: readonly string[]) =>
  schema.refine((value) => supported.includes(value), { error: notSupported });

/** `?environment=`, `live` unless given. */
export const environmentQuery = z.object({ environment: environment.default('live') });

export const keyStatusQuery = environmentQuery.extend({
  details: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true` adds what the exchange told: permissions, markets, account, addresses, rights'),
});

export const pageQuery = z.object({
  cursor: z.string().min(1).max(200).optional().describe('`nextCursor` of the page before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/**
 * Pages of lists that other services keep. Their cursors are checked here all the same: what somebody put there by mistake must not be
 * carried to another process.
 */
const pageQueryOf = (isOurs: (cursor: string) => boolean) =>
  pageQuery.extend({
    cursor: pageQuery.shape.cursor.refine((cursor) => cursor === undefined || isOurs(cursor), {
      error: 'must be a nextCursor of this list',
    }),
  });

export const tradesQuery = pageQueryOf((cursor) =>
  /^\d{1,15}\.[0-9a-f-]{36}$/.test(Buffer.from(cursor, 'base64url').toString('latin1')),
);
export const auditQuery = pageQueryOf((cursor) => /^\d{1,15}$/.test(cursor));
const day = z.iso.date({ error: 'must be a day like "2026-01-31"' }).optional();
export const performanceQuery = pageQueryOf((cursor) =>
  /^[0-9a-f-]{36}\/[a-z]+\/[a-z]+\/[a-z]+\/[A-Z0-9]{1,30}$/.test(Buffer.from(cursor, 'base64url').toString('latin1')),
)
  .extend({
    strategyId: z
      .uuid()
      .transform((id) => id as StrategyId)
      .optional(),
    from: day.describe('UTC day, the first that counts'),
    to: day.describe('UTC day, the last that counts'),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    error: 'must not be before from',
  });
/** A cursor is the place of an entry in its key's history. */
export const keyHistoryQuery = pageQueryOf((cursor) =>
  /^\d{1,10}$/.test(Buffer.from(cursor, 'base64url').toString('latin1')),
).extend(environmentQuery.shape);

const idOr = <Id extends string>(code: GatewayErrorCode) => z.uuid({ error: coded(code) }).transform((id) => id as Id);

export const exchangeParam = z.object({ exchange: z.enum(exchange.options, { error: coded('exchange.unknown') }) });
export const strategyParam = z.object({ id: idOr<StrategyId>('strategy.not_found') });
export const signalParam = z.object({ id: idOr<SignalId>('signal.not_found') });
export const tradeParam = z.object({ id: idOr<TradeId>('trade.not_found') });

// Sealed it must fit into the vault's command; the longest real one (a 4096-bit RSA key in PEM) has 3,300.
const maxSecretBytes = 4_096;

// No pattern may ever run over a secret (the engine keeps its last match), so these are checked by length alone.
export const saveKeyBody = z
  .strictObject({
    apiKey: z.string().min(8).max(256),
    apiSecret: z
      .string()
      .min(8)
      .max(maxSecretBytes)
      .refine((secret) => Buffer.byteLength(secret) <= maxSecretBytes, { error: `must be at most ${maxSecretBytes} bytes` })
      .optional()
      .describe(
        'the secret, or the private key (Ed25519, RSA) in PEM; sealed on arrival; better: seal it yourself and send `sealedSecret`',
      ),
    sealedSecret: z
      .string()
      .min(64)
      .max(8_192)
      .optional()
      .describe('compact JWE to the key of `GET /api/user-api-keys/sealing-key`'),
    environment: environment.default('live'),
  })
  .refine((body) => (body.apiSecret === undefined) !== (body.sealedSecret === undefined), {
    error: 'give either apiSecret or sealedSecret',
    path: ['apiSecret'],
  });

export const activateKeyBody = z.strictObject({
  apiKey: z.string().min(8).max(256).describe('what the exchange calls the registered public key'),
  environment: environment.default('live'),
});

export const tradingModeBody = z.strictObject({ mode: z.enum(['PERSONAL', 'POOLED', 'HYBRID']) });

export const createStrategyBody = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'must not contain control characters' }),
});

/** Sizings by risk need a stop, which no alert carries yet. */
const sizedModes = ['alert', 'base_amount', 'quote_amount', 'equity_percent', 'free_percent', 'position_percent'];

const sizingBody = z
  .strictObject({
    mode: laterValue(sizingMode, sizedModes).describe(
      'what `value` counts: base or quote units; percent of the equity (on spot what the account has of both assets of the symbol, on linear the margin balance of what it settles in), of what is free of the asset that the order spends, or of what this following owns. `alert` takes the quantity of the alert',
    ),
    value: decimalString.optional(),
  })
  .superRefine(({ mode, value }, context) => {
    if (mode === 'alert' && value !== undefined) {
      context.addIssue({ code: 'custom', path: ['value'], message: 'must be absent: the alert gives the quantity' });
    }
    const positive = value !== undefined && isDecimal(value) && value.length <= 40 && isPositive(decimal(value));
    if (mode !== 'alert' && !positive) {
      context.addIssue({ code: 'custom', path: ['value'], message: 'must be a decimal number above zero as text, like "100"' });
    }
  });

const followLimitsToCome = ['maxNotional', 'maxOpenPositions', 'maxDailyLoss', 'coolDownSeconds'] as const;

/** Limits that are not enforced yet are refused, never stored and ignored; what nobody knows is refused without repeating it. */
const followLimitsBody = z
  .looseObject({
    ...followingLimits.shape,
    ...(Object.fromEntries(followLimitsToCome.map((name) => [name, later('A limit of this following')])) as Record<
      (typeof followLimitsToCome)[number],
      ReturnType<typeof later>
    >),
  })
  .superRefine((body, context) => {
    const known: readonly string[] = Object.keys(followingLimits.shape);
    if (Object.keys(body).every((name) => known.includes(name))) return;
    context.addIssue({ code: 'custom', path: [], message: notSupported });
  });

const followFields = z.strictObject({
  exchange,
  environment: tradingEnvironment.default('live'),
  marketType,
  sizing: sizingBody,
  leverage: leverage
    .optional()
    .describe('of openings on linear markets, set at the exchange before each; goes before the alert’s'),
  limits: followLimitsBody.optional(),
  shared: sharedAccount.default(false),
  enabled: z.boolean().default(true),
});

export const followBody = followFields.superRefine(({ leverage: wanted, limits }, context) => {
  if (wanted === undefined || limits?.maxLeverage === undefined || wanted <= limits.maxLeverage) return;
  context.addIssue({ code: 'custom', path: ['leverage'], message: 'must be at most limits.maxLeverage' });
});

/** As TradingView would send it; numbers of more than 15 digits as text. */
export const previewBody = z.strictObject({
  alert: z
    .union([z.string().max(100_000), z.record(z.string(), z.unknown())])
    .describe('the message of an alert, as text or as JSON'),
});

/** At least nothing of each asset, written without an exponent. */
export const paperBalancesBody = z.strictObject({
  marketType,
  balances: paperBalances
    .refine((balances) => Object.keys(balances).length > 0 && Object.keys(balances).length <= 20, {
      error: 'must name 1 to 20 assets, like {"USDT": "10000"}',
    })
    .refine(
      (balances) =>
        Object.values<unknown>(balances).every(
          (amount) => typeof amount === 'string' && amount.length <= 40 && isDecimal(amount) && !isNegative(decimal(amount)),
        ),
      { error: 'must be decimals of zero or more as text, like "10000"' },
    ),
});

const scoped = {
  scope: haltScope.default('user').describe('`platform` is for operators'),
  strategyId: idOr<StrategyId>('strategy.not_found').optional().describe('of an own strategy; for the scope `strategy` alone'),
};
type Scoped = { readonly scope: HaltScope; readonly strategyId?: StrategyId | undefined };
const checkScope = ({ scope, strategyId }: Scoped, context: z.RefinementCtx): void => {
  if ((scope === 'strategy') === (strategyId !== undefined)) return;
  const message = scope === 'strategy' ? 'is required for the scope "strategy"' : 'belongs to the scope "strategy" alone';
  context.addIssue({ code: 'custom', path: ['strategyId'], message });
};

export const haltBody = z
  .strictObject({ ...scoped, reason: reason.describe('shown to everybody whom it concerns, and kept for ever') })
  .superRefine(checkScope);

const limitsToCome = { maxLeverage: later('A limit of risk') };

/** Limits that are not enforced yet are refused by name; what nobody knows is refused without repeating it. */
export const riskLimitsBody = z
  .looseObject({ ...scoped, ...limitChanges.shape, ...limitsToCome })
  .superRefine(checkScope)
  .superRefine((body, context) => {
    const known: readonly string[] = ['scope', 'strategyId', ...limitNames, ...Object.keys(limitsToCome)];
    if (!Object.keys(body).every((name) => known.includes(name)))
      context.addIssue({ code: 'custom', path: [], message: notSupported });
    else if (!limitNames.some((name) => body[name] !== undefined))
      context.addIssue({ code: 'custom', path: [], message: 'must name a limit; null lifts one' });
  })
  .transform(({ maxLeverage: _toCome, ...body }): Scoped & LimitChanges => body);
