/**
 * Every code that the trade executor refuses a command or query with: the HTTP status that the gateway answers with, and what the caller can
 * do about it. Why a single trade was denied, rejected or expired is not an error: it stands in the trade (`services/trade-executor/README.md`).
 */
export const executorErrors = {
  'following.not_supported': {
    status: 422,
    remedy: 'This way of following is not carried out yet, and nothing was stored; `details.field` names what to change.',
  },
  'following.size_invalid': {
    status: 422,
    remedy: 'The size must be an amount above zero, as text like "100".',
  },
  'following.account_shared': {
    status: 409,
    remedy:
      'Another strategy of yours trades contracts on this account, where both would hold one position together; nothing was stored. Follow with `"shared": true` if that is meant, or with another account.',
  },
  'venue.not_supported': {
    status: 422,
    remedy: 'This exchange and environment is not served by this installation; the message names those that are.',
  },
  'venue.clock_unknown': {
    status: 503,
    remedy:
      "The exchange cannot be asked now: its clock is unknown or disagrees with ours. Try again in a minute; an operator can check this machine's clock.",
  },
  'verification.unsigned': {
    status: 503,
    remedy:
      'The vault signed nothing for this verification, so the exchange was not asked; `details.code` is its reason. Verify again.',
  },
  'trades.cursor_invalid': {
    status: 400,
    remedy: 'The cursor is none of ours; leave it out to begin with the newest trade.',
  },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly remedy: string }>>;

/** A stable code of the trade executor. */
export type ExecutorErrorCode = keyof typeof executorErrors;
