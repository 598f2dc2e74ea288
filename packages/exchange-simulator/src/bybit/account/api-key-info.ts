import type { Account } from '../../core/accounts.js';
import { deadline } from './key-expiry.js';

const permissionsOf = ({ permissions: { trade, futures, withdraw, transfer }, unified }: Account): object => ({
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
});

/** A key without any right to change something is what the venue's page calls "read-only". */
const isReadOnly = ({ permissions: { trade, futures, withdraw, transfer } }: Account): boolean =>
  !trade && !futures && !withdraw && !transfer;

/** `GET /v5/user/query-api`: the permission check, about the key that asks. */
export const apiKeyInfo = (account: Account, nowMs: number): object => ({
  id: String(account.uid),
  note: 'latchkey',
  apiKey: account.apiKey,
  readOnly: isReadOnly(account) ? 1 : 0,
  secret: '',
  permissions: permissionsOf(account),
  ips: account.ipRestricted ? account.allowedIps : ['*'],
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
