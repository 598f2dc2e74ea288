import type { Account, SignItem, VaultErrorCode } from '@latchkey/contracts';
import { clientOrderIdOf, tradeIdOf, type ClientOrderId, type Leg } from '@latchkey/kernel';

/** Creates signed per order: attempts are numbered from 1, and each gets one string. */
const maxAttempts = 5;

/** The client order id of that trade leg, or `undefined` when the trade is not that signal's trade for that account. */
const clientOrderIdOfTrade = (account: Account, trade: NonNullable<SignItem['trade']>): ClientOrderId | undefined => {
  const { userId, exchange, environment } = account;
  const computed = tradeIdOf({ signalId: trade.signalId, actionIndex: trade.actionIndex, userId, exchange, environment });
  return computed === trade.tradeId ? clientOrderIdOf(computed, trade.leg as Leg) : undefined;
};

/**
 * A create belongs to one attempt of one trade leg. The vault computes what the venue will know the order by, from the signal on, and
 * believes nobody's word for it.
 *
 * @param clientOrderId as it stands in the string
 */
export const refusalOfTrade = (item: SignItem, clientOrderId: unknown): VaultErrorCode | undefined => {
  if (item.trade === undefined || clientOrderId === undefined) return 'vault.trade_mismatch';
  if (clientOrderIdOfTrade(item, item.trade) !== clientOrderId) return 'vault.trade_mismatch';
  return item.trade.attempt <= maxAttempts ? undefined : 'vault.too_many_attempts';
};

/** What an account is set to for an order serves one attempt of one trade leg, though the string names none. */
export const refusalOfSetting = (item: SignItem): VaultErrorCode | undefined =>
  refusalOfTrade(item, item.trade && clientOrderIdOfTrade(item, item.trade));
