import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import type { OrderType } from '../../core/order.js';
import { createPrices } from '../../core/prices.js';
import { brokenFilter } from './filters.js';
import { createSpotMarkets } from './spot-markets.js';

const btc = createSpotMarkets(createPrices()).all[0]!;
const none = { orders: 0, conditional: 0 };

const broken = (
  type: OrderType,
  {
    quantity,
    quoteBudget,
    price,
    stopPrice,
  }: Readonly<Partial<Record<'quantity' | 'quoteBudget' | 'price' | 'stopPrice', string>>>,
  open = none,
) =>
  brokenFilter(
    {
      type,
      ...(quantity === undefined ? {} : { quantity: decimal(quantity) }),
      ...(quoteBudget === undefined ? {} : { quoteBudget: decimal(quoteBudget) }),
      ...(price === undefined ? {} : { price: decimal(price) }),
      ...(stopPrice === undefined ? {} : { stopPrice: decimal(stopPrice) }),
    },
    btc.rules,
    decimal('60000'),
    open,
  );

describe('the filters of BTCUSDT', () => {
  it.each([
    ['market', { quantity: '0.00009' }, undefined],
    ['market', { quantity: '0.00008' }, 'NOTIONAL'],
    ['market', { quantity: '0.000095' }, 'LOT_SIZE'],
    ['market', { quantity: '0.000001' }, 'LOT_SIZE'],
    ['market', { quantity: '9000.00001' }, 'LOT_SIZE'],
    ['market', { quantity: '121' }, 'MARKET_LOT_SIZE'],
    ['market', { quoteBudget: '5' }, undefined],
    ['market', { quoteBudget: '4.99999999' }, 'NOTIONAL'],
    ['market', { quoteBudget: '10000000' }, undefined],
    ['limit', { quantity: '121', price: '60000' }, undefined],
    ['limit', { quantity: '200', price: '60000' }, 'NOTIONAL'],
    ['limit', { quantity: '0.01', price: '60000.005' }, 'PRICE_FILTER'],
    ['limit', { quantity: '0.01', price: '1000000.01' }, 'PRICE_FILTER'],
    ['limit', { quantity: '0.01', price: '300000' }, undefined],
    ['limit', { quantity: '0.01', price: '300000.01' }, 'PERCENT_PRICE_BY_SIDE'],
    ['limit', { quantity: '0.01', price: '11999.99' }, 'PERCENT_PRICE_BY_SIDE'],
    ['stop_loss', { quantity: '0.01', stopPrice: '59000.001' }, 'PRICE_FILTER'],
    ['stop_loss', { quantity: '0.0001', stopPrice: '49999' }, 'NOTIONAL'],
  ] as const)('%s %j: %s', (type, order, expected) => {
    expect(broken(type, order)).toBe(expected);
  });

  it('count open orders, conditional ones apart', () => {
    const order = { quantity: '0.01', price: '59000' };
    expect(broken('limit', order, { orders: 199, conditional: 5 })).toBeUndefined();
    expect(broken('limit', order, { orders: 200, conditional: 0 })).toBe('MAX_NUM_ORDERS');
    expect(broken('stop_loss', { quantity: '0.01', stopPrice: '59000' }, { orders: 5, conditional: 5 })).toBe(
      'MAX_NUM_ALGO_ORDERS',
    );
  });
});
