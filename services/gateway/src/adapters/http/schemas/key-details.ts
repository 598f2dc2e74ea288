import { accountSettings, keyReport } from '@latchkey/contracts';
import { z } from 'zod';

const reported = z.boolean().nullable().describe('null: the exchange does not say (testnet)');

/** What a key may do, in the guide's words. */
export const keyPermissions = z.strictObject({ can_read: reported, can_trade: reported, can_withdraw: reported });

const warnings = {
  warnings: z.array(z.string()).optional().describe('what to change, though it does not stop trading'),
  warningCodes: z.array(z.string()).optional().describe('of `warnings`, in the same order; stable'),
};
const end = {
  expiresAt: z.iso.datetime().optional().describe('when the exchange ends the key, or its right to trade'),
  daysLeft: z.int().nonnegative().optional().describe('whole days until then'),
};

/** There only where there is something to say. */
export const keyNotices = { ...warnings, ...end };

/** What else the exchange told. */
export const keyDetails = {
  permissions: keyPermissions.optional(),
  markets: keyReport.shape.markets,
  account: accountSettings.optional(),
  ipRestricted: z.boolean().nullable().optional().describe('bound to addresses; null: the exchange does not say'),
  grantedRights: z.array(z.string()).optional().describe("the exchange's own names of the rights that are on"),
};

export const keyHistoryAnswer = z.strictObject({
  success: z.literal(true),
  history: z.array(
    z.strictObject({
      id: z.uuid(),
      at: z.iso.datetime(),
      type: z.enum([
        'saved',
        'verified',
        'verification_failed',
        'expiry_noticed',
        'deleted',
        'secret_destroyed',
        'integrity_failed',
      ]),
      by: z.enum(['user', 'schedule', 'vault', 'operator']).describe('`schedule`: the daily verification'),
      masked_key: z.string().optional(),
      code: z.string().optional().describe('why a verification failed'),
      message: z.string().optional(),
      definite: z.boolean().optional().describe('the exchange proved it: the key was switched off'),
      ...keyDetails,
      ...keyNotices,
    }),
  ),
  nextCursor: z.string().nullable().describe('`cursor` of the next page; null on the last'),
});
