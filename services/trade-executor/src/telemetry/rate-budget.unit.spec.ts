import { describe, expect, it } from 'vitest';
import { budgetOf } from './rate-budget.js';

describe('what a venue tells of its limits', () => {
  it.each([
    [
      { 'X-MBX-USED-WEIGHT-1M': '41', 'x-mbx-order-count-10s': '3' },
      { usedWeight: { '1m': 41 }, usedOrders: { '10s': 3 } },
    ],
    [
      { 'X-Bapi-Limit-Status': '9', 'X-Bapi-Limit': '10' },
      { usedWeight: {}, usedOrders: {}, remaining: 9 },
    ],
  ])('is read from %j', (headers, budget) => {
    expect(budgetOf(headers)).toEqual(budget);
  });

  it.each([{}, { 'content-type': 'application/json' }, { 'x-mbx-used-weight-1m': 'many' }, { 'x-mbx-uuid': '12' }])(
    'is nothing in %j',
    (headers) => {
      expect(budgetOf(headers)).toBeUndefined();
    },
  );
});
