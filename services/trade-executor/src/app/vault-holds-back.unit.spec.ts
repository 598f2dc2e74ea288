import { decimal } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { playTrade, type Answer, type Refusing } from './testing/trade-bench.js';

const placed: Answer = { outcome: 'placed', order: { orderId: '1', status: 'filled', filled: decimal('0.1'), fills: [] } };
const until =
  (end: number, code: string): Refusing =>
  (_item, seconds) =>
    seconds < end ? { outcome: 'again', code, message: `refused: ${code}` } : undefined;
const attempts = (types: readonly string[]) => types.filter((type) => type === 'OrderSubmitted').length;

describe('a vault that is frozen', () => {
  it('costs a waiting trade one attempt, and the trade is sent when it is thawed', async () => {
    const { trade, types, sent } = await playTrade({
      answer: () => placed,
      refusal: until(40, 'vault.frozen'),
      vaultState: (seconds) => (seconds < 40 ? 'frozen' : 'signing'),
    });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
    expect(attempts(types)).toBe(2);
    expect(sent[0]?.at).toBeGreaterThanOrEqual(40);
    expect(sent[0]?.at).toBeLessThan(45);
  });

  it('ends a trade that is too old by then, and says why', async () => {
    const { trade, types, endedAt } = await playTrade({
      answer: () => placed,
      refusal: until(Infinity, 'vault.frozen'),
      vaultState: () => 'frozen',
    });
    expect(trade).toMatchObject({ status: 'expired', reason: 'vault.frozen' });
    expect(attempts(types)).toBe(1);
    expect(Math.round(endedAt)).toBe(60);
  });

  it('leaves an unknown order unknown: it is looked up when the vault signs again', async () => {
    const { trade, sent } = await playTrade({
      answer: () => ({ outcome: 'unknown', cause: 'timeout', venueSaidUnknown: false }),
      refusal: (item, seconds) => (item.purpose === 'read' ? until(600, 'vault.frozen')(item, seconds) : undefined),
      lookup: () => ({ outcome: 'found', order: { orderId: '1', status: 'filled', filled: decimal('0.1'), fills: [] } }),
    });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
    expect(sent).toHaveLength(1);
  });
});

describe.each(['vault.rate_limited', 'vault.trading_halted', 'vault.symbol_not_allowed'])('a vault that says %s', (code) => {
  it('is asked again, and the trade is sent', async () => {
    const { trade, sent } = await playTrade({ answer: () => placed, refusal: until(20, code) });
    expect(trade).toMatchObject({ status: 'closed', outcome: 'filled' });
    expect(sent.map(({ at }) => at)).toEqual([21]);
  });

  it('is asked five times in the life of a signal, and then named as the reason', async () => {
    const { trade, types, endedAt } = await playTrade({ answer: () => placed, refusal: until(Infinity, code) });
    expect(trade).toMatchObject({ status: 'expired', reason: code });
    expect(attempts(types)).toBe(5);
    expect(Math.round(endedAt)).toBe(60);
  });
});
