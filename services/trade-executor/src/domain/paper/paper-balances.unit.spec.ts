import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { balancesOnPaper } from './paper-balances.js';

const mark = (price: string) => ({ price: decimal(price), quoteAsset: 'USDT' });
const position = (quantity: string, entryPrice: string) => ({ quantity: decimal(quantity), entryPrice: decimal(entryPrice) });

describe('what a paper account has', () => {
  it('on spot is free, all of it', () => {
    const account = {
      balances: new Map([
        ['USDT', decimal('100')],
        ['BTC', decimal('0.5')],
      ]),
      positions: new Map(),
    };
    expect(balancesOnPaper(account, 'spot', new Map())).toEqual(
      new Map([
        ['USDT', { total: '100', free: '100' }],
        ['BTC', { total: '0.5', free: '0.5' }],
      ]),
    );
  });

  it('on contracts counts profit and loss, and a tenth of its positions is not free', () => {
    const account = {
      balances: new Map([
        ['USDT', decimal('1000')],
        ['USDC', decimal('5')],
      ]),
      positions: new Map([
        ['BTCUSDT', position('0.02', '50000')],
        ['ETHUSDT', position('-1', '3000')],
      ]),
    };
    const marks = new Map([
      ['BTCUSDT', mark('60000')],
      ['ETHUSDT', mark('3100')],
    ]);
    // +200 and -100; 1,000 and 3,000 of positions.
    expect(balancesOnPaper(account, 'linear', marks)).toEqual(
      new Map([
        ['USDT', { total: '1100', free: '700' }],
        ['USDC', { total: '5', free: '5' }],
      ]),
    );
    expect(
      balancesOnPaper(
        account,
        'linear',
        new Map([
          ['BTCUSDT', mark('1000')],
          ['ETHUSDT', mark('3000')],
        ]),
      ).get('USDT'),
    ).toEqual({
      total: '20',
      free: '0',
    });
  });
});
