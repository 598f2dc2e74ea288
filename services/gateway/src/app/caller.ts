import type { UserId } from '@latchkey/kernel';

export const roles = ['user', 'operator', 'auditor'] as const;
export type Role = (typeof roles)[number];

/** Whoever a verified token names. */
export type Caller = { readonly userId: UserId; readonly roles: readonly Role[] };
