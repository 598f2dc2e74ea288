import { baseConfig } from '@latchkey/service-kit';
import { isIP } from 'node:net';
import { z } from 'zod';
import { readRoutes, routesForm } from './adapters/exchange/egress-route.js';
import { defaultMaxBalanceAgeMs } from './app/balances.js';
import { defaultAges, type AgePolicy } from './domain/trade/policy.js';

const seconds = (defaultMs: number) =>
  z.coerce
    .number({ error: 'must be a number of seconds' })
    .pipe(z.number().min(1).max(3_600))
    .default(defaultMs / 1_000);

const loopback = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\/?$/;

const simulatedUrl = (venue: string, example: string) =>
  z
    .string()
    .regex(loopback, { error: 'must be an http:// URL of this machine, without a path' })
    .optional()
    .meta({ description: `the simulated ${venue}; only with LATCHKEY_VENUES=simulator`, example });

const fields = z.object({
  ...baseConfig,
  LATCHKEY_VENUES: z.enum(['simulator', 'live']).meta({
    description:
      'where orders go: to simulated venues on this machine, or to the exchanges themselves, where nothing can redirect a request',
    example: 'simulator',
  }),
  VENUE_BINANCE_URL: simulatedUrl('Binance', 'http://127.0.0.1:8181'),
  VENUE_BYBIT_URL: simulatedUrl('Bybit', 'http://127.0.0.1:8182'),
  EGRESS_ADDRESSES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .refine((all) => all.every((one) => isIP(one) !== 0), { error: 'must be IP addresses separated by commas' })
    .meta({
      description: 'the addresses that requests to exchanges leave from, separated by commas: users allow-list them',
      example: '203.0.113.7',
    }),
  EGRESS_ROUTES: z
    .string()
    .default('')
    .transform((text, context) => {
      const routes = readRoutes(text);
      if (!routes) context.addIssue({ code: 'custom', message: routesForm });
      return routes ?? [];
    })
    .meta({
      description:
        'several ways out, instead of EGRESS_ADDRESSES: each public address with the address of this machine, or the HTTP proxy, that leads to it; users are spread over them',
      example: '203.0.113.7=10.0.0.5,203.0.113.8=http://10.0.0.9:3128',
    }),
  VENUE_LIMITS: z.enum(['keep', 'off']).default('keep').meta({
    description: 'off: requests are not limited, for simulated venues that have no limits; only with LATCHKEY_VENUES=simulator',
  }),
  MAX_SIGNAL_AGE_SECONDS: seconds(defaultAges.maxSignalAgeMs).meta({
    description: 'how old an alert may be, from its receipt on, when an order that opens is sent for it; an older one expires',
  }),
  MAX_EXIT_AGE_SECONDS: seconds(defaultAges.maxExitAgeMs).meta({
    description: 'the same for an order that closes, which is worth sending for longer',
  }),
  LATE_EXITS: z.enum(['pass', 'expire']).default('pass').meta({
    description: 'expire: what closes expires at MAX_SIGNAL_AGE_SECONDS too, and a position may stay open',
  }),
  MAX_BALANCE_AGE_SECONDS: seconds(defaultMaxBalanceAgeMs).meta({
    description:
      'how old an account’s balance may be when an order is sized by a percentage of it; one answer serves all of its orders meanwhile',
  }),
});

const venueVariables = ['VENUE_BINANCE_URL', 'VENUE_BYBIT_URL'] as const;

/** What the trade executor reads from its environment. */
export const tradeExecutorConfig = fields.superRefine((values, context) => {
  if (values.LATCHKEY_VENUES === 'live' && values.VENUE_LIMITS === 'off') {
    const message = 'must not be off with LATCHKEY_VENUES=live: the exchanges have limits';
    context.addIssue({ code: 'custom', path: ['VENUE_LIMITS'], message });
  }
  for (const name of venueVariables) {
    const message =
      values.LATCHKEY_VENUES === 'live'
        ? 'must not be set with LATCHKEY_VENUES=live: nothing may redirect real orders'
        : 'must be set with LATCHKEY_VENUES=simulator';
    if ((values.LATCHKEY_VENUES === 'live') === (values[name] !== undefined))
      context.addIssue({ code: 'custom', path: [name], message });
  }
});
export type TradeExecutorConfig = z.output<typeof tradeExecutorConfig>;

/** How old signals may be, as configured. */
export const agesOf = ({ MAX_SIGNAL_AGE_SECONDS, MAX_EXIT_AGE_SECONDS, LATE_EXITS }: TradeExecutorConfig): AgePolicy => {
  const maxSignalAgeMs = MAX_SIGNAL_AGE_SECONDS * 1_000;
  const maxExitAgeMs = MAX_EXIT_AGE_SECONDS * 1_000;
  return { maxSignalAgeMs, maxExitAgeMs: LATE_EXITS === 'pass' ? Math.max(maxSignalAgeMs, maxExitAgeMs) : maxSignalAgeMs };
};

/** Where the venues of this configuration listen: nowhere but at home, unless they are simulated. */
export const venueUrlsOf = ({ LATCHKEY_VENUES, VENUE_BINANCE_URL, VENUE_BYBIT_URL }: TradeExecutorConfig) =>
  LATCHKEY_VENUES === 'live'
    ? {}
    : {
        ...(VENUE_BINANCE_URL !== undefined && { binance: VENUE_BINANCE_URL }),
        ...(VENUE_BYBIT_URL !== undefined && { bybit: VENUE_BYBIT_URL }),
      };
