import type { SignalId, StrategyId, UserId } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { AlertToTake } from '../../app/ports.js';
import { decideGroup, type Past } from './take-group.js';

const start = Date.parse('2026-01-31T12:00:00Z');
const nothing: Past = {
  counts: new Map([
    ['s1', 0],
    ['s2', 7],
  ]),
  keys: [],
  bodies: [],
  positions: [],
};

let serial = 0;
const alert = (over: Partial<AlertToTake> & { key?: string } = {}): AlertToTake => ({
  signalId: `signal-${(serial += 1)}` as SignalId,
  strategyId: 's1' as StrategyId,
  ownerId: 'alice' as UserId,
  receivedAtMs: start,
  sameness: over.key === undefined ? { kind: 'window' } : { kind: 'fixed', key: over.key },
  bodyDigest: 'body',
  signal: { market: { ticker: 'BTCUSDT', symbol: 'BTCUSDT' }, actions: [{ action: 'buy', orderType: 'market' }] },
  context: { actor: 'strategy:s1', correlationId: '00000000-0000-4000-8000-000000000000' },
  deadlineMs: start + 1_000,
  ...over,
});
const outcomes = (alerts: readonly AlertToTake[], past = nothing) =>
  decideGroup(alerts, past).answers.map(({ outcome }) => outcome);

describe('alerts of one group', () => {
  it('are numbered in order of arrival, strategy by strategy', () => {
    const { signals } = decideGroup(
      [alert({ key: 'a' }), alert({ key: 'b', strategyId: 's2' as StrategyId }), alert({ key: 'c' })],
      nothing,
    );
    expect(signals.map(({ event }) => [event.data.strategyId, event.data.sequence])).toEqual([
      ['s1', 1],
      ['s2', 8],
      ['s1', 2],
    ]);
  });

  it('with one key are one signal, which counts its further deliveries', () => {
    const { answers, signals } = decideGroup([alert({ key: 'a' }), alert({ key: 'a' }), alert({ key: 'a' })], nothing);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['accepted', 'duplicate', 'duplicate']);
    expect(new Set(answers.map((answer) => ('signalId' in answer ? answer.signalId : ''))).size).toBe(1);
    expect(signals.map(({ duplicates }) => duplicates)).toEqual([2]);
  });

  it('with one key and two bodies are one signal and one misuse', () => {
    expect(outcomes([alert({ key: 'a' }), alert({ key: 'a', bodyDigest: 'other' })])).toEqual(['accepted', 'key_reused']);
  });

  it('of a strategy that is gone are not taken', () => {
    expect(outcomes([alert({ strategyId: 's3' as StrategyId })])).toEqual(['gone']);
  });

  it('give whatever order they come in as many signals as there are keys', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 }), (keys) => {
        const { signals, answers } = decideGroup(
          keys.map((key) => alert({ key })),
          nothing,
        );
        expect(signals).toHaveLength(new Set(keys).size);
        expect(signals.map(({ event }) => event.data.sequence)).toEqual(signals.map((_signal, i) => i + 1));
        expect(answers.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(signals.length);
      }),
    );
  });
});

describe('the position that an alert found', () => {
  const market = { ticker: 'BTCUSDT', symbol: 'BTCUSDT' };
  const actions = [{ action: 'buy', orderType: 'market' }] as const;
  type Told = readonly ['long' | 'short' | 'flat' | undefined, 'long' | 'short' | 'flat' | undefined];
  const told = ([before, after]: Told, symbol = 'BTCUSDT') =>
    alert({
      key: `told-${serial}`,
      signal: {
        market: { ...market, symbol },
        actions: [...actions],
        ...(before && { prevMarketPosition: before }),
        ...(after && { marketPosition: after }),
      },
    });
  const missedOf = (alerts: readonly AlertToTake[], position: 'long' | null = null) =>
    decideGroup(alerts, { ...nothing, positions: [{ strategyId: 's1', symbol: 'BTCUSDT', position }] }).answers.map((answer) =>
      'missed' in answer ? answer.missed : undefined,
    );

  it('is held against where the one before left it, also before this group', () => {
    const chain = [told(['flat', 'long']), told(['long', 'flat']), told(['short', 'flat'])];
    expect(missedOf(chain)).toEqual([undefined, undefined, { left: 'flat', found: 'short' }]);
    expect(missedOf([told(['flat', 'long'])], 'long')).toEqual([{ left: 'long', found: 'flat' }]);
    expect(decideGroup(chain, nothing).signals.at(-1)?.event.data.signal.missed).toEqual({ left: 'flat', found: 'short' });
  });

  it('says nothing after an alert that did not tell, nor on another market', () => {
    expect(missedOf([told([undefined, undefined]), told(['flat', 'long'])], 'long')).toEqual([undefined, undefined]);
    expect(missedOf([told(['flat', 'long'], 'ETHUSDT')], 'long')).toEqual([undefined]);
    const perpetual = told(['flat', 'long']);
    const { signal } = perpetual;
    const contract = { ...perpetual, signal: { ...signal, market: { ...signal.market, ticker: 'BTCUSDT.P' } } };
    expect(missedOf([contract], 'long')).toEqual([undefined]);
  });

  it('is not held against a delivery that was no signal', () => {
    const first = told(['flat', 'long']);
    expect(missedOf([first, { ...first }, told(['long', 'flat'])])).toEqual([undefined, undefined, undefined]);
  });
});

describe('equal bodies that nothing tells apart', () => {
  it('are one for 30 s, counted from the one that was taken', () => {
    const times = [0, 29_999, 30_000, 59_999, 60_001];
    expect(outcomes(times.map((ms) => alert({ receivedAtMs: start + ms })))).toEqual([
      'accepted',
      'duplicate',
      'accepted',
      'duplicate',
      'accepted',
    ]);
  });

  it('are one with what the database knows', () => {
    const before = { strategyId: 's1', bodyDigest: 'body', signalId: 'old' as SignalId, receivedAtMs: start - 10_000 };
    const { answers, repeated } = decideGroup([alert()], { ...nothing, bodies: [before] });
    expect(answers).toEqual([{ outcome: 'duplicate', signalId: 'old' }]);
    expect(repeated.get('old' as SignalId)).toBe(1);
  });

  it('get the same key from every gateway that sees the same past, so the constraint lets one through', () => {
    const past = {
      ...nothing,
      bodies: [{ strategyId: 's1', bodyDigest: 'body', signalId: 'old' as SignalId, receivedAtMs: start - 40_000 }],
    };
    const keys = [alert(), alert()].map((each) => decideGroup([each], past).signals[0]?.key);
    expect(keys[0]).toBe(keys[1]);
    expect(decideGroup([alert()], nothing).signals[0]?.key).not.toBe(keys[0]);
  });
});
