import { baseConfig } from '@latchkey/service-kit';
import { z } from 'zod';

const loopback = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\/?$/;

const fields = z.object({
  ...baseConfig,
  LATCHKEY_VENUES: z.enum(['simulator', 'live']).meta({
    description:
      'where orders go: to simulated venues on this machine, or to the exchanges themselves, where nothing can redirect a request',
    example: 'simulator',
  }),
  VENUE_BINANCE_URL: z
    .string()
    .regex(loopback, { error: 'must be an http:// URL of this machine, without a path' })
    .optional()
    .meta({ description: 'the simulated Binance; only with LATCHKEY_VENUES=simulator', example: 'http://127.0.0.1:8181' }),
  EGRESS_ADDRESSES: z.string().default('').meta({
    description: 'the addresses that requests to exchanges leave from, separated by commas: users allow-list them',
    example: '203.0.113.7',
  }),
});

/** What the trade executor reads from its environment. */
export const tradeExecutorConfig = fields.superRefine(({ LATCHKEY_VENUES, VENUE_BINANCE_URL }, context) => {
  if (LATCHKEY_VENUES === 'live' && VENUE_BINANCE_URL !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['VENUE_BINANCE_URL'],
      message: 'must not be set with LATCHKEY_VENUES=live: nothing may redirect real orders',
    });
  }
  if (LATCHKEY_VENUES === 'simulator' && VENUE_BINANCE_URL === undefined) {
    context.addIssue({ code: 'custom', path: ['VENUE_BINANCE_URL'], message: 'must be set with LATCHKEY_VENUES=simulator' });
  }
});
export type TradeExecutorConfig = z.output<typeof tradeExecutorConfig>;
