import { isPositive } from '@latchkey/kernel';
import { z } from 'zod';
import { decimalString, symbolList } from './vocabulary.js';

const amount = decimalString.refine((value) => isPositive(value), { error: 'must be above zero' });

export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A part of a week in UTC. */
export const tradingWindow = z
  .strictObject({
    days: z.array(z.enum(weekDays)).min(1).max(7),
    from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time like "08:00"' }),
    to: z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, { error: 'must be a time like "17:30", at most "24:00"' }),
  })
  .refine(({ from, to }) => from < to, {
    path: ['to'],
    error: 'must be later than from; what goes past midnight is two windows',
  });
export type TradingWindow = z.infer<typeof tradingWindow>;

/**
 * What limits openings; `null`: no limit. Amounts are dollars: the coins that stand for one (USDT, USDC, …) count alike, and where a limit in
 * dollars is in force nothing else can be opened in.
 */
export const limitFields = {
  symbols: symbolList.describe('that may be opened; null: all, []: none'),
  maxNotional: amount.nullable().describe('dollars that one order may be worth'),
  maxOpenPositions: z
    .int()
    .min(0)
    .max(10_000)
    .nullable()
    .describe('positions that may be open at once, orders under way included'),
  maxExposure: amount
    .nullable()
    .describe('dollars that all positions cost, and orders whose outcome is not known are worth, together'),
  maxDailyLoss: amount.nullable().describe('dollars that may be lost on a UTC day by what was closed, fees included'),
  coolDownSeconds: z.int().min(1).max(604_800).nullable().describe('without openings after a close that made a loss'),
  tradingWindows: z.array(tradingWindow).min(1).max(50).nullable().describe('parts of the week, in UTC, in which may be opened'),
} as const;
export const limitNames = Object.keys(limitFields) as readonly (keyof typeof limitFields)[];

/** All limits of one scope. */
export const limits = z.strictObject(limitFields);
export type Limits = z.infer<typeof limits>;
export const noLimits: Limits = {
  symbols: null,
  maxNotional: null,
  maxOpenPositions: null,
  maxExposure: null,
  maxDailyLoss: null,
  coolDownSeconds: null,
  tradingWindows: null,
};

/** What is not named stays as it is. */
export const limitChanges = limits.partial();
export type LimitChanges = z.infer<typeof limitChanges>;

/** Assets that count as a dollar each. Whoever needs them to differ trades in one. */
const dollars: ReadonlySet<string> = new Set(['USD', 'USDT', 'USDC', 'FDUSD', 'TUSD', 'BUSD', 'USDP', 'USDE', 'DAI']);
export const isDollar = (asset: string | null | undefined): boolean =>
  asset !== null && asset !== undefined && dollars.has(asset);
