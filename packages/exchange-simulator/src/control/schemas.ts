import { compare, decimal, isDecimal, isNegative, isPositive, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';
import { exchanges } from '../core/names.js';
import { streamEvents, streamPaths } from '../core/streams/stream-faults.js';

const one = decimal('1');

// Numbers are taken as a convenience for hand-written requests; inside the simulator every amount is decimal text.
const decimalText = z
  .union([z.string(), z.number().transform(String)])
  .refine(isDecimal, 'must be a decimal number such as "0.01"');
const amount = decimalText
  .transform((text): Decimal => decimal(text))
  .refine((value) => !isNegative(value), 'must not be negative');
const share = amount.refine((value) => compare(value, one) <= 0, 'must be between 0 and 1');
const price = decimalText.transform((text): Decimal => decimal(text)).refine(isPositive, 'must be above zero');

const permissions = z.strictObject({
  read: z.boolean(),
  trade: z.boolean(),
  futures: z.boolean(),
  withdraw: z.boolean(),
  transfer: z.boolean(),
});

const balances = z.record(z.string().regex(/^[A-Z0-9]{1,20}$/, 'must be an asset such as USDT'), amount);
const exchange = z.enum(exchanges);
const key = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 letters, digits, "-" or "_"');
const marketType = z.enum(['spot', 'linear']);
const allowedIps = z.array(z.union([z.ipv4(), z.ipv6()]));
const positionMode = z.enum(['one-way', 'hedge']);
/** By the venue's own names: Binance's are on or off, Bybit's are groups with what is ticked in them. */
const rights = z.record(
  z.string().regex(/^[A-Za-z0-9]{1,60}$/, 'must be the name of a right'),
  z.union([z.boolean(), z.array(z.string().min(1).max(60)), z.null()]),
);
const unboundAs = z.enum(['star', 'empty', 'absent']);
const expiresAt = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const accountFields = z.strictObject({
  exchange,
  apiKey: key,
  apiSecret: z.string().min(1).max(8_192).optional(),
  /** Instead of the secret, in PEM: the key pair is the user's own, and the venue knows its public half alone. */
  publicKey: z.string().min(1).max(8_192).optional(),
  permissions: permissions.partial().optional(),
  rights: rights.optional(),
  readOnly: z.boolean().optional(),
  balances: balances.optional(),
  ipRestricted: z.boolean().optional(),
  allowedIps: allowedIps.optional(),
  unboundAs: unboundAs.optional(),
  positionMode: positionMode.optional(),
  environment: z.enum(['live', 'testnet']).optional(),
  /** Of linear positions, until the account sets another. */
  leverage: z.int().min(1).max(125).optional(),
  /** Of linear positions, until the account sets another. */
  marginMode: z.enum(['cross', 'isolated']).optional(),
  /** Which wallet `balances` is meant for; without it, each. */
  marketType: marketType.optional(),
  /** Bybit's two kinds of account; unified unless it says otherwise. Binance has only the other kind. */
  accountType: z.enum(['unified', 'classic']).optional(),
  expiresAt: expiresAt.optional(),
});

export const accountBody = accountFields.refine(
  ({ apiSecret, publicKey }) => (apiSecret === undefined) !== (publicKey === undefined),
  { error: 'give either apiSecret or publicKey', path: ['apiSecret'] },
);

export const accountChangeBody = z.strictObject({
  permissions: permissions.partial().optional(),
  rights: rights.optional(),
  readOnly: z.boolean().optional(),
  balances: balances.optional(),
  ipRestricted: z.boolean().optional(),
  allowedIps: allowedIps.optional(),
  unboundAs: unboundAs.optional(),
  positionMode: positionMode.optional(),
  marketType: marketType.optional(),
  /** When a key of Bybit ends, or Binance's right to trade spot; null: Bybit's ends 90 days after it was made unless it is bound to addresses. */
  expiresAt: expiresAt.nullable().optional(),
  revoked: z.boolean().optional(),
  /** Short for `revoked`. */
  revoke: z.boolean().optional(),
});

export const marketBody = z.strictObject({
  price,
  /** Of linear markets; the price, unless it is set apart. */
  markPrice: price.optional(),
});

const longestMs = 86_400_000;
const milliseconds = z.int().min(0).max(longestMs);

const clientOrderId = z.string().regex(/^[A-Za-z0-9._:/-]{1,36}$/, 'must be a client order id');

export const faultBody = z.strictObject({
  exchange: exchange.optional(),
  apiKey: key.optional(),
  path: z.string().startsWith('/', 'must be an exact path such as /api/v3/order').optional(),
  method: z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']))
    .optional(),
  /** Requests that name this order, and frames about it. */
  clientOrderId: clientOrderId.optional(),
  kind: z.string(),
  times: z.int().min(1).max(1_000_000_000).optional(),
  afterMs: milliseconds.optional(),
  params: z
    .strictObject({
      status: z.int().min(200).max(599).optional(),
      /** Below zero only for `clock-skew`. */
      ms: z.int().min(-longestMs).max(longestMs).optional(),
      code: z.int().optional(),
      message: z.string().min(1).max(1_000).optional(),
      recheck: z.boolean().optional(),
      share: share.optional(),
      /** Stream kinds: what the frame must tell. */
      event: z.enum(streamEvents).optional(),
    })
    .optional(),
});

/** Orders and positions: without a key, or with an empty one, of all accounts. */
export const ofAccountQuery = z.strictObject({ apiKey: z.union([key, z.literal('')]).optional() });

/** What is set about all streams; `null` gives the venues their own pace back. */
export const streamSettingsBody = z.strictObject({
  events: z.enum(['before-reply', 'after-reply']).optional(),
  pingMs: z.int().min(10).max(longestMs).nullable().optional(),
  pongMs: z.int().min(10).max(longestMs).nullable().optional(),
  revoked: z.enum(['silent', 'close', 'unchanged']).optional(),
});

/** Which connections end, and how. */
export const streamEndQuery = z.strictObject({
  exchange: exchange.optional(),
  apiKey: key.optional(),
  path: z.enum(streamPaths).optional(),
  how: z.enum(['drop', 'close', 'shutdown']).optional(),
});

const weight = z.number().min(0).max(1_000_000);
const shareNumber = z.number().min(0).max(1);
const range = z.tuple([milliseconds, milliseconds]).refine(([least, most]) => least <= most, 'must be [least, most]');

/** Which orders meet faults, drawn from a seed. */
export const faultPlanBody = z.strictObject({
  seed: z.int().optional(),
  share: shareNumber.optional(),
  most: z.int().min(1).max(10).optional(),
  /** Kinds, all alike; or how likely each is beside the others. */
  kinds: z.union([z.array(z.string()).min(1), z.record(z.string(), weight)]).optional(),
  lookUpShare: shareNumber.optional(),
  ms: z.record(z.string(), range).optional(),
  exchange: exchange.optional(),
  apiKey: key.optional(),
});
