import type { PositionMode } from '../domain/settlement/outcome.js';
import type { PositionSide } from '../domain/trade/commands.js';
import type { TradeRequest } from '../domain/trade/events.js';

type Account = Pick<TradeRequest, 'userId' | 'exchange' | 'environment' | 'marketType'>;

type OrderForm = { readonly positionSide?: PositionSide | undefined };

const keyOf = ({ userId, exchange, environment, marketType }: Account): string =>
  `${userId}/${exchange}/${environment}/${marketType}`;

/**
 * Which accounts hold a long and a short position side by side, as far as their venues' refusals taught us. Nothing is asked for beforehand:
 * that would cost 80 accounts a minute on Binance, for everybody. It is forgotten with the process; the next refusal teaches it again.
 *
 * @see docs/adr/0045-position-mode-is-learnt-from-refusals.md
 */
export const createPositionModes = () => {
  const hedged = new Set<string>();
  return {
    learn: (account: Account, mode: PositionMode): void => {
      if (mode === 'hedge') hedged.add(keyOf(account));
      else hedged.delete(keyOf(account));
    },
    /**
     * The position that an order names: a buy opens the long one, a sell the short one, and what closes is the other way round; one-way accounts
     * name none.
     *
     * @param refused the form in which this very order was just refused: it knows better than what orders of other symbols (Bybit keeps the mode
     * per symbol) have taught since
     */
    sideOf: (
      account: Account,
      order: { readonly side: 'buy' | 'sell'; readonly closes: boolean },
      refused?: OrderForm,
    ): PositionSide | undefined => {
      const isHedged = refused ? refused.positionSide === undefined : hedged.has(keyOf(account));
      if (!isHedged) return undefined;
      return (order.side === 'buy') === order.closes ? 'short' : 'long';
    },
  };
};

export type PositionModes = ReturnType<typeof createPositionModes>;
