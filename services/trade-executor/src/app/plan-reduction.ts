import { clientOrderIdOf, entryLeg, isZero, zero } from '@latchkey/kernel';
import type { MarketRules } from '../domain/sizing/market-rules.js';
import { isOnSide, partToClose } from '../domain/sizing/part-to-close.js';
import { sizeExit } from '../domain/sizing/size-exit.js';
import type { Refusal } from '../domain/trade/events.js';
import type { Planned } from './order-plan.js';
import {
  balanceTooSmall,
  balanceUnknown,
  exitUnderWay,
  freeOf,
  hasExitUnderWay,
  isOvertaken,
  overtaken,
  surelyOwned,
} from './plan-exit.js';
import type { TradeDeps, TradeRun } from './trade-run.js';

const shareMissing: Refusal = {
  reason: 'sizing.quantity_missing',
  message:
    'The alert closes a part of the position and does not say how much of yours; add both sizes of the position to its message.',
};

/** How a part of what a following owns is closed now: one order, in its lane's turn. */
export const planReduction = async (run: TradeRun, rules: MarketRules, deps: TradeDeps): Promise<Planned> => {
  const { request, exchange, of } = run;
  const holding = await deps.holdings.of(request);
  if (isOvertaken(request, holding)) return { type: 'expire', ...overtaken };
  if (hasExitUnderWay(holding)) return { type: 'wait', ...exitUnderWay };
  const surely = surelyOwned(holding);
  const owned = isOnSide(surely, request.positionSide) ? surely : zero;
  const part = partToClose(request, owned);
  if (part === undefined) return { type: 'deny', ...shareMissing };
  const wasShort = request.marketType === 'spot' && of.trade.status === 'requested' && of.trade.last?.reason === balanceTooSmall;
  const free = wasShort ? await freeOf(run, rules.baseAsset, deps) : undefined;
  if (wasShort && free === undefined) return { type: 'wait', ...balanceUnknown };
  const sized = sizeExit({
    marketType: request.marketType,
    owned: part,
    unknown: { bought: zero, sold: zero },
    free,
    rules,
    price: request.marketType === 'spot' && !isZero(part) ? await exchange.price(request.symbol) : undefined,
  });
  if (!sized.ok) return { type: 'deny', reason: sized.reason, message: sized.message };
  return {
    type: 'order',
    plan: {
      intent: 'closing',
      leg: entryLeg,
      clientOrderId: clientOrderIdOf(request.tradeId, entryLeg),
      side: sized.side,
      size: { amount: sized.amount },
    },
  };
};
