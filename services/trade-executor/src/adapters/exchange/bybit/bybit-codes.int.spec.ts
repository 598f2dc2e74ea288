import { decimal } from '@latchkey/kernel';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deafPermits } from '../../../app/rate-limits/testing/free-permits.js';
import { bybitCodeCases } from '../../../domain/settlement/testing/bybit-code-rows.js';
import type { OrderDraft } from '../../../domain/trade/commands.js';
import { newDraft, simulatedBybit, type SimulatedBybit } from './testing/simulated-bybit.js';

let venue: SimulatedBybit;
beforeAll(async () => {
  // Each code for itself: one that asks everybody to wait would keep the next from being sent.
  venue = await simulatedBybit({ permits: deafPermits });
});
afterEach(() => venue.control('DELETE', '/faults'));
afterAll(() => venue.close());

type Market = 'spot' | 'linear';

/** An account of its own, its order, what came of it, and how many orders the venue has. */
const attempt = async (market: Market, { opened = {}, draft = {} }: { opened?: object; draft?: Partial<OrderDraft> } = {}) => {
  const account = await venue.openAccount(opened);
  const order = newDraft(draft);
  const send = () => venue[market].submit(order, venue.callBy(account));
  const find = () => venue[market].lookup(order, venue.callBy(account));
  const inBook = async () => (await venue.book()).filter(({ apiKey }) => apiKey === account.apiKey).length;
  return { account, order, send, find, inBook };
};

describe('every documented code, answered instead of taking the order', () => {
  it.each(bybitCodeCases)('%i is %s; sent again: %s', async (code, outcome, sendAgain) => {
    for (const market of ['spot', 'linear'] as const) {
      const { send, find, inBook } = await attempt(market);
      await venue.fault('venue-error', { code });
      expect((await send()).outcome).toBe(outcome);
      expect(await inBook()).toBe(0);
      // What may be sent again is, with the same id, and is one order.
      if (sendAgain === 'no') continue;
      expect((await find()).outcome).toBe('absent');
      expect((await send()).outcome).toBe('placed');
      expect(await inBook()).toBe(1);
    }
  });
});

describe('every code that leaves the order unknown, answered after it was taken', () => {
  const unknowns = bybitCodeCases.filter(([, outcome]) => outcome === 'unknown').map(([code]) => code);

  it.each([...unknowns, 99999])('%i: the order is found, and sending again does not double it', async (code) => {
    for (const market of ['spot', 'linear'] as const) {
      const { send, find, inBook } = await attempt(market);
      await venue.fault('accept-then-error', { code });
      expect((await send()).outcome).toBe('unknown');
      expect(await find()).toMatchObject({ outcome: 'found' });
      expect(await send()).toMatchObject({ outcome: 'unknown', cause: 'duplicate_client_order_id' });
      expect(await inBook()).toBe(1);
    }
  });
});

describe('codes that a request brings about', () => {
  const soon = () => new Date(Date.now() - 1_000).toISOString();

  it.each<[string, Market, object, Partial<OrderDraft>, string]>([
    ['-2015: an expired key, spot', 'spot', { expiresAt: soon() }, {}, 'venue.key_refused'],
    ['33004: an expired key, linear', 'linear', { expiresAt: soon() }, {}, 'venue.key_refused'],
    ['10003: a key of another environment', 'spot', { environment: 'testnet' }, {}, 'venue.key_refused'],
    ['10005: a key without the right', 'linear', { permissions: { futures: false } }, {}, 'venue.key_refused'],
    ['10010: an address that is not bound', 'spot', { allowedIps: ['203.0.113.9'] }, {}, 'venue.key_refused'],
    ['110007: too little margin', 'linear', { balances: { USDT: '1' } }, {}, 'venue.insufficient_balance'],
    ['170131: too little to spend', 'spot', { balances: { USDT: '1' } }, {}, 'venue.insufficient_balance'],
    ['170140: too small a value', 'spot', {}, { quoteAmount: decimal('1') }, 'venue.filter_failure'],
    ['170136: too small a quantity', 'spot', {}, { amount: decimal('0.00000011') }, 'venue.filter_failure'],
    ['170137: too many digits', 'spot', {}, { amount: decimal('0.0020000001') }, 'venue.filter_failure'],
    ['110017: truncated to nothing', 'linear', {}, { amount: decimal('0.0001') }, 'venue.filter_failure'],
  ])('%s', async (what, market, opened, draft, reason) => {
    const { send, inBook } = await attempt(market, { opened, draft });
    const answer = await send();
    expect(answer).toMatchObject({ outcome: 'rejected', reason });
    expect(answer.outcome === 'rejected' && answer.message).toContain(`(${what.split(':')[0]})`);
    expect(await inBook()).toBe(0);
  });

  it('110094: too small a value on linear', async () => {
    await venue.control('PUT', '/markets/SOLUSDT', { price: '10' });
    const { send } = await attempt('linear', { draft: { symbol: 'SOLUSDT', amount: decimal('0.1') } });
    expect(await send()).toMatchObject({ outcome: 'rejected', reason: 'venue.filter_failure' });
  });

  it('10002: a venue whose clock went away from ours', async () => {
    const { send } = await attempt('spot');
    await venue.fault('clock-skew', { ms: 60_000 });
    expect(await send()).toMatchObject({ outcome: 'turned_away', reason: 'venue.outside_window', resyncClock: true });
  });

  it('10006: more orders of one account in a second than it may place', async () => {
    const account = await venue.openAccount();
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => venue.linear.submit(newDraft({ amount: decimal('0.001') }), venue.callBy(account))),
    );
    const [away] = answers.filter(({ outcome }) => outcome === 'turned_away');
    expect(away).toMatchObject({ reason: 'venue.rate_limited', retryAfterMs: expect.any(Number) });
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['placed', 'turned_away']));
  });
});
