/** A key as its venue knows it, and what has to become of it here. */
export type Situation = {
  readonly what: string;
  /** What the venue's account has of its own (`POST /accounts`). */
  readonly account?: Readonly<Record<string, unknown>>;
  /** What changes there after the key was verified once (`PATCH /accounts/{apiKey}`). */
  readonly later?: Readonly<Record<string, unknown>>;
  /** What the venue does to the next request about it (`POST /faults`). */
  readonly faults?: readonly Readonly<Record<string, unknown>>[];
  /** Where the key is saved; `live` unless given. */
  readonly savedAs?: 'live' | 'testnet';
  /** `wrong`: another secret than the venue's; `unknown`: a key that the venue never gave out. */
  readonly key?: 'wrong' | 'unknown';
  /** The code of the refusal; without one the key is verified. */
  readonly code?: string;
  /** Nothing was proven, so the key stays switched on. */
  readonly transient?: true;
  readonly warnings?: readonly string[];
  /** More of the answer of a verified key. */
  readonly told?: Readonly<Record<string, unknown>>;
  /** What `details=true` adds to the status. */
  readonly details?: Readonly<Record<string, unknown>>;
};

const dayMs = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();
const onlyReads = { trade: false, futures: false };
const unknownToUs = { can_read: null, can_trade: null, can_withdraw: null };
const trades = { canRead: true, canTrade: true };

const away = (path: string): Readonly<Record<string, unknown>> => ({ path, kind: 'status', params: { status: 503 } });
const said = (path: string, code: number): Readonly<Record<string, unknown>> => ({ path, kind: 'venue-error', params: { code } });

/** @param path of the venue's permission check */
const anywhere = (path: string): readonly Situation[] => [
  { what: 'may withdraw', account: { permissions: { withdraw: true } }, code: 'vault.key_can_withdraw' },
  { what: 'may transfer', account: { permissions: { transfer: true } }, code: 'vault.key_can_transfer' },
  {
    what: 'may withdraw, and is of no use otherwise',
    account: { permissions: { ...onlyReads, withdraw: true } },
    code: 'vault.key_can_withdraw',
  },
  { what: 'may only read', account: { permissions: onlyReads }, code: 'vault.key_cannot_trade' },
  {
    what: 'may trade spot alone',
    account: { permissions: { futures: false } },
    warnings: ['futures_off'],
    details: { markets: { spot: trades, linear: { canTrade: false } } },
  },
  {
    what: 'is of an account in hedge mode',
    account: { positionMode: 'hedge' },
    warnings: ['hedge_mode'],
    details: { account: { positionMode: 'hedge' } },
  },
  {
    what: 'ends in five days and a half',
    account: { expiresAt: inDays(5.5) },
    warnings: ['expires_soon'],
    told: { daysLeft: 5 },
  },
  { what: 'ends in 40 days and a half', account: { expiresAt: inDays(40.5) }, told: { daysLeft: 40 } },
  { what: 'has ended', account: { expiresAt: inDays(-1) }, code: 'vault.key_expired' },
  { what: 'ended since it was verified', later: { expiresAt: inDays(-1) }, code: 'vault.key_expired' },
  { what: 'may withdraw since it was verified', later: { permissions: { withdraw: true } }, code: 'vault.key_can_withdraw' },
  { what: 'has another secret', key: 'wrong', code: 'vault.key_secret_wrong' },
  { what: 'is of the testnet', account: { environment: 'testnet' }, code: 'vault.key_other_environment' },
  { what: 'is a live one, saved as of the testnet', savedAs: 'testnet', code: 'vault.key_other_environment' },
  { what: 'is asked about while the venue is away', faults: [away(path)], code: 'vault.venue_unavailable', transient: true },
  {
    what: 'is asked about while the venue is away, after it was verified',
    later: {},
    faults: [away(path)],
    code: 'vault.venue_unavailable',
    transient: true,
  },
  {
    what: 'is answered with something that cannot be read',
    faults: [{ path, kind: 'garbage' }],
    code: 'vault.venue_unavailable',
    transient: true,
  },
  {
    what: 'is answered with no answer',
    faults: [{ path, kind: 'drop' }],
    code: 'vault.venue_unavailable',
    transient: true,
  },
  {
    what: 'is answered by a proxy that wants to know who we are',
    faults: [{ path, kind: 'status', params: { status: 401 } }],
    code: 'vault.venue_unavailable',
    transient: true,
  },
];

const binancePath = '/sapi/v1/account/apiRestrictions';
export const binanceSituations: readonly Situation[] = [
  {
    what: 'is as it should be',
    details: {
      permissions: { can_read: true, can_trade: true, can_withdraw: false },
      markets: { spot: trades, linear: trades },
      account: { positionMode: 'one_way' },
      ipRestricted: true,
      grantedRights: ['enableReading', 'enableSpotAndMarginTrading', 'enableFutures'],
    },
  },
  ...anywhere(binancePath),
  { what: 'works from anywhere', account: { ipRestricted: false }, warnings: ['no_ip_restriction'] },
  { what: 'may trade futures alone', account: { permissions: { trade: false } }, code: 'vault.key_cannot_trade' },
  { what: 'may transfer inside', account: { rights: { enableInternalTransfer: true } }, code: 'vault.key_can_transfer' },
  { what: 'may transfer anywhere', account: { rights: { permitsUniversalTransfer: true } }, code: 'vault.key_can_transfer' },
  { what: 'has portfolio margin', account: { rights: { enablePortfolioMarginTrading: true } }, code: 'vault.key_can_transfer' },
  {
    what: 'has a right that nobody knows',
    account: { rights: { enableTeleportation: true } },
    code: 'vault.key_has_unknown_right',
  },
  { what: 'has that right switched off', account: { rights: { enableTeleportation: false } } },
  { what: 'may trade on margin', account: { rights: { enableMargin: true } }, warnings: ['margin_enabled'] },
  { what: 'may trade options', account: { rights: { enableVanillaOptions: true } }, warnings: ['unneeded_right'] },
  { what: 'may trade over FIX', account: { rights: { enableFixApiTrade: true } }, warnings: ['unneeded_right'] },
  { what: 'does not allow our address', account: { allowedIps: ['203.0.113.9'] }, code: 'vault.key_refused' },
  { what: 'was deleted', account: {}, later: { revoked: true }, code: 'vault.key_refused' },
  { what: 'was never given out', key: 'unknown', code: 'vault.key_refused' },
  { what: 'is unknown by its number', faults: [said(binancePath, -2008)], code: 'vault.key_unknown' },
  { what: 'is unknown by its number since', later: {}, faults: [said(binancePath, -2008)], code: 'vault.key_revoked' },
  {
    what: 'is of the testnet, and saved so',
    account: { environment: 'testnet' },
    savedAs: 'testnet',
    warnings: ['permissions_not_reported'],
    told: { permissions: unknownToUs },
  },
  {
    what: 'is of an account of which nothing else is told',
    faults: [away('/fapi/v1/accountConfig')],
    details: { ipRestricted: true, markets: { linear: trades } },
  },
];

const bybitPath = '/v5/user/query-api';
const unbound = { ipRestricted: false };
export const bybitSituations: readonly Situation[] = [
  {
    what: 'is as it should be',
    details: {
      permissions: { can_read: true, can_trade: true, can_withdraw: false },
      markets: { spot: trades, linear: trades },
      account: { type: 'unified', positionMode: 'one_way', marginMode: 'cross' },
      ipRestricted: true,
    },
  },
  ...anywhere(bybitPath),
  { what: 'works from anywhere', account: unbound, warnings: ['no_ip_restriction'], told: { daysLeft: 89 } },
  { what: 'has an empty list of addresses', account: { ...unbound, unboundAs: 'empty' }, warnings: ['no_ip_restriction'] },
  { what: 'has no list of addresses', account: { ...unbound, unboundAs: 'absent' }, warnings: ['no_ip_restriction'] },
  {
    what: 'may trade futures alone',
    account: { permissions: { trade: false } },
    warnings: ['spot_off'],
    details: { markets: { spot: { canTrade: false }, linear: trades } },
  },
  { what: 'may move funds', account: { rights: { Wallet: ['AccountTransfer'] } }, code: 'vault.key_can_transfer' },
  { what: 'may move them to others', account: { rights: { Wallet: ['SubMemberTransfer'] } }, code: 'vault.key_can_transfer' },
  { what: 'may see such moves', account: { rights: { Wallet: ['SubMemberTransferList'] } }, code: 'vault.key_can_transfer' },
  { what: 'has something new of its wallet', account: { rights: { Wallet: ['New'] } }, code: 'vault.key_can_transfer' },
  { what: 'has a right that nobody knows', account: { rights: { NewGroup: ['New'] } }, code: 'vault.key_has_unknown_right' },
  { what: 'may earn', account: { rights: { Earn: ['Earn'] } }, code: 'vault.key_has_unknown_right' },
  { what: 'has a group that is null', account: { rights: { NFT: null } } },
  { what: 'may trade options', account: { rights: { Options: ['OptionsTrade'] } }, warnings: ['unneeded_right'] },
  { what: 'is read-only with rights ticked', account: { readOnly: true }, code: 'vault.key_read_only' },
  {
    what: 'is of a classic account',
    account: { accountType: 'classic' },
    warnings: ['classic_account'],
    details: { account: { type: 'classic' } },
  },
  { what: 'does not allow our address', account: { allowedIps: ['203.0.113.9'] }, code: 'vault.key_address_refused' },
  { what: 'was deleted', account: {}, later: { revoked: true }, code: 'vault.key_revoked' },
  { what: 'was never given out', key: 'unknown', code: 'vault.key_unknown' },
  { what: 'is not allowed to ask', faults: [said(bybitPath, 10005)], code: 'vault.key_refused' },
  { what: 'is of the testnet, and saved so', account: { environment: 'testnet' }, savedAs: 'testnet' },
  {
    what: 'is of an account of which nothing else is told',
    faults: [away('/v5/account/info'), away('/v5/position/list')],
    details: { account: { type: 'unified' } },
  },
];
