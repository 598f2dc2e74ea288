import type { ExchangeName, MarketType, SignItem, VaultErrorCode } from '@latchkey/contracts';
import { clientOrderIdOf, tradeIdOf, type Leg, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { refusalOfString } from '../domain/signing/grammar.js';

export const nowMs = 1_790_000_000_000;
export const purposes = ['verify', 'open', 'close', 'read', 'cancel', 'configure', 'stream'] as const;

const signalId = '0199d3a0-7c00-7000-8000-000000000001' as SignalId;
const strategyId = '0199d3a0-7c00-7000-8000-000000000003' as StrategyId;

/** One account's trade on one market, and what the vault says of its strings. */
export const strings = (exchange: ExchangeName, marketType: MarketType) => {
  const account = { userId: 'user-1' as UserId, exchange, environment: 'live' } as const;
  const tradeId = tradeIdOf({ signalId, actionIndex: 0, ...account });
  const trade = { tradeId, signalId, strategyId, actionIndex: 0, leg: 'e0', attempt: 1 };
  const item = (purpose: SignItem['purpose'], payload: string, more: Partial<SignItem> = {}): SignItem => ({
    ...account,
    marketType,
    purpose,
    payload,
    ...(purpose === 'open' || purpose === 'close' || purpose === 'configure' ? { trade } : {}),
    ...(purpose === 'verify' ? { verificationId: '0199d3a0-7c00-7000-8000-000000000005' } : {}),
    ...more,
  });
  return {
    trade,
    clientOrderId: clientOrderIdOf(tradeId, 'e0' as Leg),
    judge: (purpose: SignItem['purpose'], payload: string, more: Partial<SignItem> = {}): VaultErrorCode | undefined =>
      refusalOfString(item(purpose, payload, more), nowMs),
  };
};
