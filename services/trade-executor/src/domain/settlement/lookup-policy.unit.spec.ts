import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { nextLookup, provableFrom, type LookupState } from './lookup-policy.js';

const start: LookupState = { timestamp: 1_000_000, recvWindow: 5_000, venueSaidUnknown: false, sent: 0, counted: 0, failures: 0 };

/** Plays the policy against a venue that never finds the order, and answers when each look-up was sent. */
const play = (state: LookupState, from: number, answers: (at: number) => 'absent' | 'nothing' = () => 'absent') => {
  const looks: { at: number; counts: boolean }[] = [];
  let now = from;
  let current = state;
  for (let step = 0; step < 500; step += 1) {
    const next = nextLookup(current, now);
    if (next.type === 'enough') return { looks, provenAt: now };
    if (next.type === 'wait') {
      now = next.untilMs;
      continue;
    }
    looks.push({ at: now, counts: next.counts });
    const useful = answers(now) === 'absent';
    current = {
      ...current,
      sent: current.sent + 1,
      lastSentAt: now,
      counted: current.counted + (useful && next.counts ? 1 : 0),
      failures: useful ? 0 : current.failures + 1,
    };
  }
  return { looks, provenAt: undefined };
};

describe('an order whose outcome is unknown', () => {
  it('is looked for at once, and again with growing pauses', () => {
    const { looks } = play(start, 1_000_100);
    expect(looks.slice(0, 4).map(({ at }) => at - 1_000_100)).toEqual([0, 500, 1_500, 3_500]);
  });

  it('counts as absent only after three look-ups, 2 s apart, past window and settle time', () => {
    const { looks, provenAt } = play(start, 1_000_100);
    const counted = looks.filter(({ counts }) => counts);
    expect(counted.map(({ at }) => at)).toEqual([1_015_001, 1_017_001, 1_019_001]);
    expect(provenAt).toBe(1_019_001);
  });

  it('waits a minute more when the venue itself said unknown', () => {
    const { looks } = play({ ...start, venueSaidUnknown: true }, 1_000_100);
    expect(looks.find(({ counts }) => counts)?.at).toBe(1_065_001);
  });

  it('needs three new look-ups after a restart', () => {
    const { looks } = play(start, 2_000_000);
    expect(looks).toEqual([
      { at: 2_000_000, counts: true },
      { at: 2_002_000, counts: true },
      { at: 2_004_000, counts: true },
    ]);
  });

  it('is patient with a venue that does not answer', () => {
    const { looks } = play(start, 2_000_000, (at) => (at < 2_050_000 ? 'nothing' : 'absent'));
    const gaps = looks.slice(1).map(({ at }, i) => at - looks[i]!.at);
    expect(gaps.slice(0, 5)).toEqual([4_000, 8_000, 16_000, 30_000, 2_000]);
  });

  it('is never proven absent by look-ups before the window and settle time are over', () => {
    const answer = fc.constantFrom<'absent' | 'nothing'>('absent', 'nothing');
    fc.assert(
      fc.property(fc.nat(200_000), fc.boolean(), fc.infiniteStream(answer), (delay, venueSaidUnknown, answers) => {
        const state = { ...start, venueSaidUnknown };
        const { looks, provenAt } = play(state, start.timestamp + delay, () => answers.next().value as 'absent' | 'nothing');
        if (provenAt === undefined) return;
        const counted = looks.filter(({ counts }) => counts);
        expect(counted.length).toBeGreaterThanOrEqual(3);
        expect(counted.every(({ at }) => at > provableFrom(state))).toBe(true);
        expect(counted.slice(1).every(({ at }, i) => at - counted[i]!.at >= 2_000)).toBe(true);
      }),
    );
  });
});
