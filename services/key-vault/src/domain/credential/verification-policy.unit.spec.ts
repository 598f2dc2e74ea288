import type { VerificationResult } from '@latchkey/contracts';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { judgeVerification } from './verification-policy.js';
import { warningOf } from './verification-warnings.js';

type Reported = Extract<VerificationResult, { outcome: 'reported' }>;
const nowMs = Date.UTC(2026, 10, 22);
const reported = (more: Partial<Reported> = {}): Reported => ({
  outcome: 'reported',
  permissions: { canRead: true, canTrade: true, canWithdraw: false },
  granted: ['enableReading', 'enableSpotAndMarginTrading'],
  ipRestricted: true,
  ...more,
});
const judge = (result: VerificationResult, exchange: 'binance' | 'bybit' = 'binance', environment: 'live' | 'testnet' = 'live') =>
  judgeVerification(result, { exchange, environment, nowMs });
const inDays = (days: number): string => new Date(nowMs + days * 86_400_000).toISOString();
const tradesIn = (spot: boolean, linear: boolean) => ({
  spot: { canRead: true, canTrade: spot },
  linear: { canRead: true, canTrade: linear },
});

describe('a key that was verified', () => {
  it('may read and trade', () => {
    const { outcome: _, permissions, ...report } = reported();
    expect(judge(reported())).toEqual({ ok: true, permissions, report, warnings: [] });
    expect(
      judge(reported({ granted: ['Spot:SpotTrade', 'ContractTrade:Order', 'ContractTrade:Position'] }), 'bybit'),
    ).toMatchObject({ ok: true });
  });

  it.each([
    ['enableWithdrawals', 'vault.key_can_withdraw'],
    ['enableInternalTransfer', 'vault.key_can_transfer'],
    ['permitsUniversalTransfer', 'vault.key_can_transfer'],
    ['enablePortfolioMarginTrading', 'vault.key_can_transfer'],
  ])('may not have %s', (right, code) => {
    const granted = [...reported().granted, right];
    expect(judge(reported({ granted }))).toMatchObject({ ok: false, definite: true, code });
  });

  it.each([
    ['Wallet:Withdraw', 'vault.key_can_withdraw'],
    ['Wallet:AccountTransfer', 'vault.key_can_transfer'],
    ['Wallet:SubMemberTransfer', 'vault.key_can_transfer'],
    ['Wallet:SubMemberTransferList', 'vault.key_can_transfer'],
    ['Wallet:SomethingNew', 'vault.key_can_transfer'],
    ['Earn:Earn', 'vault.key_has_unknown_right'],
    ['Exchange:ExchangeHistory', 'vault.key_has_unknown_right'],
    ['Affiliate:Affiliate', 'vault.key_has_unknown_right'],
    ['BlockTrade:BlockTrade', 'vault.key_has_unknown_right'],
    ['CopyTrading:CopyTrading', 'vault.key_has_unknown_right'],
    ['NFT:NFTQueryProductList', 'vault.key_has_unknown_right'],
    ['FiatP2P:FiatP2POrder', 'vault.key_has_unknown_right'],
    ['Spot:SpotTradeAndMore', 'vault.key_has_unknown_right'],
    ['ContractTrade:Withdraw', 'vault.key_has_unknown_right'],
    ['SomethingNew', 'vault.key_has_unknown_right'],
  ])('may not have %s at Bybit', (right, code) => {
    expect(judge(reported({ granted: ['Spot:SpotTrade', right] }), 'bybit')).toMatchObject({ ok: false, code });
  });

  it('must not be read-only at Bybit, however much it is granted', () => {
    const permissions = { canRead: true, canTrade: false, canWithdraw: false };
    expect(judge(reported({ permissions, granted: ['Spot:SpotTrade'] }), 'bybit')).toMatchObject({
      ok: false,
      definite: true,
      code: 'vault.key_cannot_trade',
    });
  });

  it('may not have a right that nobody here knows', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        fc.pre(!/^(enable|permits|ipRestrict)/.test(name));
        expect(judge(reported({ granted: ['enableReading', name] }))).toMatchObject({
          ok: false,
          code: 'vault.key_has_unknown_right',
        });
      }),
    );
    expect(judge(reported({ granted: ['enableTeleportation'] }))).toMatchObject({
      ok: false,
      code: 'vault.key_has_unknown_right',
    });
  });

  it('is not believed when the summary and the rights disagree', () => {
    const permissions = { canRead: true, canTrade: true, canWithdraw: true };
    expect(judge(reported({ permissions }))).toMatchObject({ ok: false, code: 'vault.key_can_withdraw' });
  });

  it.each([
    [{ canRead: false, canTrade: true, canWithdraw: false }, 'vault.key_cannot_read'],
    [{ canRead: true, canTrade: false, canWithdraw: false }, 'vault.key_cannot_trade'],
    [{ canRead: true, canTrade: null, canWithdraw: null }, 'vault.permissions_not_reported'],
  ])('must be able to do its work, and the venue must say so: %o', (permissions, code) => {
    expect(judge(reported({ permissions }))).toMatchObject({ ok: false, definite: true, code });
  });

  it('need not report its rights on testnet, where the question does not exist', () => {
    const permissions = { canRead: true, canTrade: null, canWithdraw: null };
    expect(judge(reported({ permissions, granted: [], ipRestricted: null }), 'binance', 'testnet')).toEqual({
      ok: true,
      permissions,
      report: { granted: [], ipRestricted: null },
      warnings: ['permissions_not_reported'],
    });
  });

  it('is warned about when it works from anywhere, expires soon, or may do more than needed', () => {
    const expiresAt = new Date(nowMs + 13 * 24 * 3_600_000).toISOString();
    const granted = [...reported().granted, 'enableMargin'];
    expect(judge(reported({ ipRestricted: false, expiresAt, granted }))).toMatchObject({
      warnings: ['no_ip_restriction', 'expires_soon', 'margin_enabled'],
    });
    expect(judge(reported({ expiresAt: new Date(nowMs + 15 * 24 * 3_600_000).toISOString() }))).toMatchObject({ warnings: [] });
  });
});

describe('a key whose owner should know more', () => {
  it.each<[string, Partial<Reported>, string]>([
    ['margin', { granted: ['enableReading', 'enableSpotAndMarginTrading', 'enableMargin'] }, 'margin_enabled'],
    ['options', { granted: ['enableReading', 'enableSpotAndMarginTrading', 'enableVanillaOptions'] }, 'unneeded_right'],
    ['FIX', { granted: ['enableReading', 'enableSpotAndMarginTrading', 'enableFixApiTrade'] }, 'unneeded_right'],
    ['no futures', { markets: tradesIn(true, false) }, 'futures_off'],
    ['no spot', { markets: tradesIn(false, true) }, 'spot_off'],
    ['hedge mode', { account: { positionMode: 'hedge' } }, 'hedge_mode'],
    ['a classic account', { account: { type: 'classic' } }, 'classic_account'],
    ['portfolio margin', { account: { marginMode: 'portfolio' } }, 'portfolio_margin'],
    ['an end in 13 days', { expiresAt: inDays(13) }, 'expires_soon'],
    ['any address', { ipRestricted: false }, 'no_ip_restriction'],
  ])('%s', (_what, more, warning) => {
    expect(judge(reported(more))).toMatchObject({ ok: true, warnings: [warning] });
  });

  it('and of nothing where all is as it should be, or where the venue did not say', () => {
    const account = { type: 'unified', positionMode: 'one_way', marginMode: 'cross' } as const;
    expect(judge(reported({ markets: tradesIn(true, true), account, expiresAt: inDays(15) }))).toMatchObject({ warnings: [] });
    const unknown = { canRead: null, canTrade: null };
    expect(judge(reported({ markets: { spot: unknown, linear: unknown }, account: {} }))).toMatchObject({ warnings: [] });
  });

  it('reads when it ends, as of now', () => {
    const report = { granted: [], ipRestricted: true, expiresAt: inDays(3.5) };
    expect(warningOf('expires_soon', report, nowMs).message).toContain('in 3 days');
    expect(warningOf('expires_soon', report, nowMs + 2 * 86_400_000).message).toContain('in 1 day:');
    expect(warningOf('expires_soon', report, nowMs + 3 * 86_400_000).message).toContain('within a day');
    expect(warningOf('expires_soon', undefined, nowMs).message).toContain('within 14 days');
  });

  it('reads the code itself where a later version recorded one that this one does not know', () => {
    expect(warningOf('constructor', undefined, nowMs)).toEqual({ code: 'constructor', message: 'constructor' });
  });
});

describe('a key that has no use', () => {
  it('is one that has expired, whatever its rights say', () => {
    expect(judge(reported({ expiresAt: inDays(0) }))).toMatchObject({ ok: false, definite: true, code: 'vault.key_expired' });
    const permissions = { canRead: true, canTrade: false, canWithdraw: false };
    expect(judge(reported({ permissions, expiresAt: inDays(-1) }))).toMatchObject({ code: 'vault.key_expired' });
    expect(judge(reported({ granted: ['enableWithdrawals'], expiresAt: inDays(-1) }))).toMatchObject({
      code: 'vault.key_can_withdraw',
    });
  });

  it('is one that only reads: with rights ticked, or with none', () => {
    const permissions = { canRead: true, canTrade: false, canWithdraw: false };
    const readOnly = (granted: string[]) => judge(reported({ permissions, granted, readOnly: true }), 'bybit');
    expect(readOnly(['Spot:SpotTrade'])).toMatchObject({ definite: true, code: 'vault.key_read_only' });
    expect(readOnly([])).toMatchObject({ definite: true, code: 'vault.key_cannot_trade' });
  });
});

describe('a key that the venue refused', () => {
  it.each([
    ['venue.key_unknown', 'vault.key_unknown', 'vault.key_revoked'],
    ['venue.key_expired', 'vault.key_expired', 'vault.key_expired'],
    ['venue.key_other_environment', 'vault.key_other_environment', 'vault.key_other_environment'],
    ['venue.address_not_allowed', 'vault.key_address_refused', 'vault.key_address_refused'],
    ['venue.signature_refused', 'vault.key_secret_wrong', 'vault.key_secret_wrong'],
    ['venue.key_refused', 'vault.key_refused', 'vault.key_refused'],
    ['something-new', 'vault.key_refused', 'vault.key_refused'],
  ])('with %s: %s, and %s where it knew the key before', (code, first, later) => {
    const result = { outcome: 'refused', code, message: '' } as const;
    const of = { exchange: 'bybit', environment: 'live', nowMs } as const;
    expect(judgeVerification(result, of)).toEqual({ ok: false, definite: true, code: first });
    expect(judgeVerification(result, { ...of, verifiedBefore: true })).toEqual({ ok: false, definite: true, code: later });
  });
});

describe('a key that the venue takes from some of our addresses only', () => {
  it('is refused while it is new, and goes on with a reason on its status where it has worked', () => {
    const result = { outcome: 'refused', code: 'venue.some_addresses_not_allowed', message: '' } as const;
    const of = { exchange: 'bybit', environment: 'live', nowMs } as const;
    const code = 'vault.key_address_refused';
    expect(judgeVerification(result, of)).toEqual({ ok: false, definite: true, code });
    expect(judgeVerification(result, { ...of, verifiedBefore: true })).toEqual({ ok: false, definite: false, code });
  });
});

describe('a venue that refused the key, or could not be asked', () => {
  it('is a definite failure only in the first case', () => {
    const said = { code: 'some-code', message: 'some message' };
    expect(judge({ outcome: 'refused', ...said })).toMatchObject({ code: 'vault.key_refused', definite: true });
    expect(judge({ outcome: 'unavailable', ...said })).toMatchObject({ code: 'vault.venue_unavailable', definite: false });
  });
});
