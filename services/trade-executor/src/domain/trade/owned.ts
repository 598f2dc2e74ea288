import { negate, subtract, sum, type Decimal } from '@latchkey/kernel';
import { isBase } from './assets.js';
import type { Submission } from './events.js';
import { legsOf, type Leg } from './legs.js';
import type { Trade } from './state.js';

/** On futures a fee leaves the position as it is; on spot one that is paid in what was bought or sold is gone from it. */
const feesIn = ({ fills, fees }: Pick<Leg, 'fills' | 'fees'>, attempt: Submission): Decimal =>
  fees
    ? sum(fees.filter(({ asset }) => isBase(asset, attempt)).map(({ amount }) => amount))
    : sum(
        fills.flatMap(({ fee, feeAsset }) =>
          fee !== undefined && feeAsset !== undefined && isBase(feeAsset, attempt) ? [fee] : [],
        ),
      );

/**
 * What a trade has changed of its following's own quantity, in base units: bought is above zero, sold below, fees in the base asset deducted.
 * It follows from the trade's events alone, so that it is the same whenever and wherever it is computed.
 */
export const ownedChange = (trade: Trade): Decimal =>
  sum(
    legsOf(trade).flatMap(({ attempt, filled, fills, fees }) => {
      if (!attempt || trade.status === 'none') return [];
      const moved = attempt.side === 'buy' ? filled : negate(filled);
      return [trade.request.marketType === 'spot' ? subtract(moved, feesIn({ fills, ...(fees && { fees }) }, attempt)) : moved];
    }),
  );
