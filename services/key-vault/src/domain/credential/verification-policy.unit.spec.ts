import type { VerificationResult } from '@latchkey/contracts';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { judgeVerification } from './verification-policy.js';

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

describe('a key that was verified', () => {
  it('may read and trade', () => {
    expect(judge(reported())).toEqual({ ok: true, permissions: reported().permissions, warnings: [] });
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

describe('a venue that refused the key, or could not be asked', () => {
  it('is a definite failure only in the first case', () => {
    const said = { code: 'some-code', message: 'some message' };
    expect(judge({ outcome: 'refused', ...said })).toMatchObject({ code: 'vault.key_refused', definite: true });
    expect(judge({ outcome: 'unavailable', ...said })).toMatchObject({ code: 'vault.venue_unavailable', definite: false });
  });
});
