import type { ExchangeName } from '@latchkey/contracts';

/** What a right of a venue's comes to for us; `unneeded` and `margin` are warned about, `withdraw` and `transfer` refuse the key. */
export type Right = 'read' | 'trade' | 'margin' | 'unneeded' | 'harmless' | 'withdraw' | 'transfer';

// The venues' own names (exchange-facts 3.3, 4.3). What is not here is unknown, and unknown is refused.
const binanceRights: Readonly<Record<string, Right>> = {
  enableReading: 'read',
  enableSpotAndMarginTrading: 'trade',
  enableFutures: 'trade',
  enableVanillaOptions: 'unneeded',
  enableFixApiTrade: 'unneeded',
  enableFixReadOnly: 'read',
  enableMargin: 'margin',
  ipRestrict: 'harmless',
  enableWithdrawals: 'withdraw',
  enableInternalTransfer: 'transfer',
  permitsUniversalTransfer: 'transfer',
  enablePortfolioMarginTrading: 'transfer',
};

const bybitRights: Readonly<Record<string, Right>> = {
  'ContractTrade:Order': 'trade',
  'ContractTrade:Position': 'trade',
  'Spot:SpotTrade': 'trade',
  'Derivatives:DerivativesTrade': 'trade',
  'Options:OptionsTrade': 'unneeded',
  'Wallet:Withdraw': 'withdraw',
};

/** `undefined`: nobody here knows this right. Everything in Bybit's `Wallet` moves funds, whatever it is called. */
export const rightOf = (exchange: ExchangeName, name: string): Right | undefined => {
  const rights = exchange === 'binance' ? binanceRights : bybitRights;
  if (Object.hasOwn(rights, name)) return rights[name];
  return exchange === 'bybit' && name.startsWith('Wallet:') ? 'transfer' : undefined;
};
