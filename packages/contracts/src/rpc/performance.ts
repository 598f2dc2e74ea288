import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { decimalString, exchange, instant, marketType, strategyId, tradingEnvironment, userId } from '../vocabulary.js';
import { page } from './shared.js';

/** What venues took in one asset. */
export const feeTaken = z.strictObject({
  asset: z.string(),
  amount: decimalString,
  value: decimalString
    .optional()
    .describe('quote units, when it was taken; absent where nobody could say: it is in no result then'),
});
export type FeeTaken = z.infer<typeof feeTaken>;

const quoteAsset = z.string().nullable().describe('what results are in; null where it is not known');
const outcome = {
  realised: decimalString.describe('quote units, less every fee whose value is known'),
  trades: z.int().nonnegative().describe('that executed something'),
  wins: z.int().nonnegative().describe('that closed something with a gain'),
  losses: z.int().nonnegative().describe('that closed something with a loss'),
  feesUnknown: z
    .int()
    .nonnegative()
    .describe('trades of which the venue did not tell every fee: their results are too good by those'),
};

/** What a following made of one symbol on one account: by its own fills, at average cost. */
export const followingResult = z.strictObject({
  strategyId,
  exchange,
  environment: tradingEnvironment,
  marketType,
  symbol: z.string(),
  quoteAsset,
  ...outcome,
  fees: z.array(
    feeTaken.extend({ unvalued: decimalString.optional().describe('part of the amount that no value could be given to') }),
  ),
  quantity: decimalString.describe('owned now, in base units; below zero: sold'),
  averageEntryPrice: decimalString.nullable().describe('null while nothing is owned'),
  unrealised: decimalString
    .nullable()
    .describe('of what is owned now, at `price`, without the fees of closing; null where there is no price'),
  price: z
    .strictObject({ value: decimalString, at: instant.describe('when it was asked for; it is at most a second older') })
    .nullable()
    .describe('public; null while nothing is owned, or where the venue told none'),
});
export type FollowingResult = z.infer<typeof followingResult>;

/** What is on paper, or on a testnet, is never added to what is not. */
export const totalResult = z.strictObject({
  environment: tradingEnvironment,
  quoteAsset,
  ...outcome,
  fees: decimalString.describe('quote units, of those whose value is known'),
  unrealised: decimalString.nullable().describe('of all that is owned now; null where a part has no price'),
});
export type TotalResult = z.infer<typeof totalResult>;

/** By the venue's time of each fill. */
export const dayResult = z.strictObject({
  day: z.iso.date().describe('UTC'),
  environment: tradingEnvironment,
  quoteAsset,
  realised: outcome.realised,
  fees: totalResult.shape.fees,
});
export type DayResult = z.infer<typeof dayResult>;

export const performanceQuery = {
  callers: ['gateway'],
  signed: false,
  deadlineMs: 5_000,
  request: z.strictObject({
    userId,
    strategyId: strategyId.optional(),
    from: z.iso.date().optional().describe('UTC day, the first that counts'),
    to: z.iso.date().optional().describe('UTC day, the last that counts'),
    ...page,
  }),
  reply: z.strictObject({
    results: z.array(followingResult),
    totals: z.array(totalResult).describe('of all that the filter lets through, by environment and quote asset'),
    days: z.array(dayResult).describe('on which something was realised, newest first, at most 400'),
    nextCursor: z.string().nullable(),
  }),
} as const satisfies RpcDefinition;
export type Performance = z.infer<typeof performanceQuery.reply>;
