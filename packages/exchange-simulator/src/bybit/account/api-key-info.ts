import type { Account } from '../../core/accounts.js';
import { deadline } from './key-expiry.js';

const permissionsOf = ({ permissions: { trade, futures, withdraw, transfer }, unified, rights }: Account): object => ({
  ContractTrade: futures ? ['Order', 'Position'] : [],
  Spot: trade ? ['SpotTrade'] : [],
  Wallet: [...(transfer ? ['AccountTransfer', 'SubMemberTransfer'] : []), ...(withdraw ? ['Withdraw'] : [])],
  Options: [],
  Derivatives: futures && unified ? ['DerivativesTrade'] : [],
  CopyTrading: [],
  BlockTrade: [],
  Exchange: [],
  NFT: [],
  Affiliate: [],
  Earn: [],
  FiatP2P: [],
  FiatBybitPay: [],
  FiatConvertBroker: [],
  BitCard: [],
  ByXPost: [],
  ...rights,
});

/** What the venue's page calls "read-only": set so, or without any right to change something. */
const isReadOnly = ({ permissions: { trade, futures, withdraw, transfer }, readOnly }: Account): boolean =>
  readOnly ?? (!trade && !futures && !withdraw && !transfer);

/** An unbound key is documented as made with `"*"` or with nothing, not how it is shown. */
const shownIps = ({ ipRestricted, allowedIps, unboundAs }: Account): { readonly ips?: readonly string[] } => {
  if (ipRestricted) return { ips: allowedIps };
  return unboundAs === 'absent' ? {} : { ips: unboundAs === 'star' ? ['*'] : [] };
};

/** `GET /v5/user/query-api`: the permission check, about the key that asks. */
export const apiKeyInfo = (account: Account, nowMs: number): object => ({
  id: String(account.uid),
  note: 'latchkey',
  apiKey: account.apiKey,
  readOnly: isReadOnly(account) ? 1 : 0,
  secret: '',
  permissions: permissionsOf(account),
  ...shownIps(account),
  type: 1,
  ...deadline(account, nowMs),
  createdAt: new Date(account.createdAtMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  unified: 0,
  uta: account.unified ? 1 : 0,
  userID: account.uid,
  inviterID: 0,
  vipLevel: 'No VIP',
  mktMakerLevel: '0',
  affiliateID: 0,
  rsaPublicKey: '',
  isMaster: true,
  parentUid: '0',
  kycLevel: 'LEVEL_1',
  kycRegion: '',
});
