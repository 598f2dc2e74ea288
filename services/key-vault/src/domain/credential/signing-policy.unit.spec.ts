import type { SignPurpose, VaultErrorCode } from '@latchkey/contracts';
import type { CredentialId, UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { refusalByRules, type TradingRules } from '../signing/trading-rules.js';
import { deletionWindowMs, instantOf, settlingWindowMs, type Credential } from './credential.js';
import { refusalToSign } from './signing-policy.js';

const nowMs = 1_790_000_000_000;
const identity = {
  credentialId: '0199d3a0-7c00-7000-8000-000000000004' as CredentialId,
  userId: 'user-1' as UserId,
  exchange: 'binance',
  environment: 'live',
} as const;
const standing = { ...identity, maskedKey: '9dUV...VKMh', verifications: [] };
const permissions = { canRead: true, canTrade: true, canWithdraw: false };
const verified: Credential = { ...standing, status: 'verified', verifiedAt: instantOf(nowMs), permissions };
const until = (ms: number): string => instantOf(nowMs + ms);

const free: TradingRules = { frozen: false, halted: false };
const halted: TradingRules = { frozen: false, halted: true };
const listed = (...symbols: readonly string[]): TradingRules => ({ ...free, symbols });
const frozen: TradingRules = { frozen: true, halted: true, symbols: [] };

/** Of these five the table has a column; what is set for an order is judged as what closes. */
const purposes = ['verify', 'open', 'close', 'read', 'cancel'] as const;
type Cell = 'yes' | VaultErrorCode;
const yes = 'yes';
const not = {
  found: 'vault.credential_not_found',
  unverified: 'vault.credential_unverified',
  disabled: 'vault.credential_disabled',
  damaged: 'vault.integrity_failed',
  deleted: 'vault.credential_deleted',
  halted: 'vault.trading_halted',
  listed: 'vault.symbol_not_allowed',
  frozen: 'vault.frozen',
} as const;

/** DESIGN 4's table in full, with the freeze and the lists of symbols: a row for each state, a column for each purpose. */
const table: readonly (readonly [string, Credential, TradingRules, readonly [Cell, Cell, Cell, Cell, Cell]])[] = [
  //                                                                           verify, open, close, read, cancel
  [
    'unverified',
    { ...standing, status: 'unverified' },
    free,
    [yes, not.unverified, not.unverified, not.unverified, not.unverified],
  ],
  ['verified', verified, free, [yes, yes, yes, yes, yes]],
  ['halted', verified, halted, [yes, not.halted, yes, yes, yes]],
  ['verified, the symbol on the list', verified, listed('ETHUSDT', 'BTCUSDT'), [yes, yes, yes, yes, yes]],
  ['verified, the symbol not on the list', verified, listed('ETHUSDT'), [yes, not.listed, yes, yes, yes]],
  ['verified, an empty list', verified, listed(), [yes, not.listed, yes, yes, yes]],
  ['frozen', verified, frozen, [not.frozen, not.frozen, not.frozen, not.frozen, yes]],
  [
    'disabled, and settling',
    { ...standing, status: 'disabled', settlesUntil: until(settlingWindowMs) },
    free,
    [yes, not.disabled, not.disabled, yes, yes],
  ],
  [
    'disabled for longer than a day',
    { ...standing, status: 'disabled', settlesUntil: until(0) },
    free,
    [yes, not.disabled, not.disabled, not.disabled, not.disabled],
  ],
  [
    'disabled before it ever traded',
    { ...standing, status: 'disabled' },
    free,
    [yes, not.disabled, not.disabled, not.disabled, not.disabled],
  ],
  ['damaged', { ...standing, status: 'damaged' }, free, [not.damaged, not.damaged, not.damaged, not.damaged, not.damaged]],
  [
    'deleting',
    { ...identity, status: 'deleting', maskedKey: '', readableUntil: until(deletionWindowMs) },
    free,
    [not.deleted, not.deleted, not.deleted, yes, not.deleted],
  ],
  [
    'deleted for two minutes',
    { ...identity, status: 'deleting', maskedKey: '', readableUntil: until(0) },
    free,
    [not.deleted, not.deleted, not.deleted, not.deleted, not.deleted],
  ],
  ['deleted', { ...identity, status: 'deleted' }, free, [not.deleted, not.deleted, not.deleted, not.deleted, not.deleted]],
  ['never saved', { status: 'none' }, free, [not.found, not.found, not.found, not.found, not.found]],
];

const judge = (credential: Credential, rules: TradingRules, purpose: SignPurpose): Cell =>
  refusalToSign(credential, purpose, nowMs) ?? refusalByRules(rules, purpose, 'BTCUSDT') ?? yes;

describe('the table of states', () => {
  it.each(table)('%s', (_row, credential, rules, expected) => {
    expect(purposes.map((purpose) => judge(credential, rules, purpose))).toEqual(expected);
    expect(judge(credential, rules, 'configure')).toBe(expected[2]);
  });

  it('is worse with everything at once, never better: what a state forbids no rule allows', () => {
    for (const [, credential] of table)
      for (const purpose of purposes) {
        const alone = refusalToSign(credential, purpose, nowMs);
        if (alone !== undefined) expect(judge(credential, frozen, purpose)).toBe(alone);
      }
  });

  it('takes a string without a symbol for one that is not on the list', () => {
    expect(refusalByRules(listed('BTCUSDT'), 'open', undefined)).toBe('vault.symbol_not_allowed');
    expect(refusalByRules(free, 'open', undefined)).toBeUndefined();
  });
});
