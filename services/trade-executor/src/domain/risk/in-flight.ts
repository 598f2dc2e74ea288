import { absolute, isPositive, multiply, subtract, sum, zero, type Decimal } from '@latchkey/kernel';
import { executionsOf } from '../results/executions.js';
import { closes } from '../trade/intent.js';
import type { Trade } from '../trade/state.js';

/** Its order may be executed further than is known, or still appear. */
const mayExecute = (trade: Trade): boolean => {
  switch (trade.status) {
    case 'submitted':
    case 'unknown':
    case 'accepted':
    case 'unverifiable':
      return true;
    case 'requested':
      return trade.waiting !== 'rest' && trade.absences > 0;
    case 'expired':
      return trade.reason === 'unproven';
    default:
      return false;
  }
};

/** Orders of before their purpose was recorded are taken for what their action says. */
const opens = ({ request, attempt }: Exclude<Trade, { readonly status: 'none' }>): boolean =>
  attempt?.purpose === undefined ? !closes(request) : attempt.purpose === 'open';

/**
 * What an opening may come to beside what it is known to have executed, in quote units; it counts fully until its venue has told. Undefined: nothing.
 * Without a value: nobody recorded what the order is worth.
 */
export const inFlightOf = (trade: Trade): { readonly value?: Decimal } | undefined => {
  if (trade.status === 'none' || !trade.attempt || !mayExecute(trade) || !opens(trade)) return undefined;
  const { leg, value = trade.attempt.quoteAmount } = trade.attempt;
  if (value === undefined) return {};
  const executed = executionsOf(trade).filter((one) => one.leg === leg);
  const left = subtract(value, sum(executed.map(({ change, price = zero }) => multiply(absolute(change), price))));
  return { value: isPositive(left) ? left : zero };
};
