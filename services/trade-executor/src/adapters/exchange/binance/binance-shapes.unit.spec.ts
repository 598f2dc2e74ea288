import { describe, expect, it } from 'vitest';
import { readQueriedOrder } from './binance-shapes.js';

const orderAs = (status: string) => ({
  orderId: 7,
  clientOrderId: 'cid',
  status,
  origQty: '0.01',
  executedQty: '0',
  cummulativeQuoteQty: '0',
});

describe('an order that was looked up', () => {
  // Binance's list of order statuses; one that cannot be read would leave its trade, and the lane behind it, unknown for ever.
  it.each([
    ['NEW', 'open'],
    ['PENDING_NEW', 'open'],
    ['PARTIALLY_FILLED', 'open'],
    ['FILLED', 'filled'],
    ['CANCELED', 'canceled'],
    ['PENDING_CANCEL', 'open'],
    ['REJECTED', 'rejected'],
    ['EXPIRED', 'canceled'],
    ['EXPIRED_IN_MATCH', 'canceled'],
  ])('%s is %s', (venues, ours) => {
    expect(readQueriedOrder(orderAs(venues), 'cid')).toMatchObject({ status: ours });
  });

  it('says why the exchange ended it, and that a refused one counts for what was executed', () => {
    expect(readQueriedOrder(orderAs('EXPIRED'), 'cid')).toMatchObject({ refusal: { reason: 'venue.order_expired' } });
    expect(readQueriedOrder({ ...orderAs('REJECTED'), executedQty: '0.004' }, 'cid')).toMatchObject({
      status: 'canceled',
      filled: '0.004',
    });
  });

  it('says its side, where the exchange does', () => {
    expect(readQueriedOrder({ ...orderAs('FILLED'), side: 'SELL' }, 'cid')).toMatchObject({ side: 'sell' });
    expect(readQueriedOrder(orderAs('FILLED'), 'cid')).not.toHaveProperty('side');
  });

  it('is none of ours under another client order id', () => {
    expect(readQueriedOrder(orderAs('FILLED'), 'other')).toBeUndefined();
  });
});
