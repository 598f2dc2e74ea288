import type { AnsweringSession } from '@latchkey/sealing';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { createOpenSessions } from './open-sessions.js';

const clock = manualClock(1_000);
const session = (sid: string, initiator = 'trade-executor', expiresAt = 10_000): AnsweringSession => ({
  sid,
  initiator,
  expiresAt,
  open: () => ({ counter: 1, plaintext: Buffer.alloc(0), reply: () => '' }),
});
const holding = (...sids: readonly string[]) => {
  const sessions = createOpenSessions({ clock, maxPerInitiator: 3 });
  for (const sid of sids) sessions.add(session(sid));
  return sessions;
};
const held = (sessions: ReturnType<typeof holding>, ...sids: readonly string[]) =>
  sids.filter((sid) => sessions.find(sid) !== undefined);

describe('the sessions of a process', () => {
  it('make room for a new one by the one that was not used for longest', () => {
    const sessions = holding('a', 'b', 'c');
    for (const sid of ['b', 'c', 'a']) sessions.find(sid)?.open('');
    sessions.add(session('d'));
    expect(held(sessions, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
  });

  it('lose those first in which nothing was ever asked: repeated offers push out nobody who works', () => {
    const sessions = holding('a', 'b', 'c');
    for (const sid of ['a', 'b']) sessions.find(sid)?.open('');
    for (const sid of ['x', 'y', 'z']) sessions.add(session(sid));
    expect(held(sessions, 'a', 'b', 'c', 'x', 'y', 'z')).toEqual(['a', 'b', 'z']);
  });

  it('are not touched by a frame that does not open', () => {
    const sessions = holding('a', 'b', 'c');
    for (const sid of ['a', 'b', 'c']) sessions.find(sid)?.open('');
    const broken = { ...session('d'), open: () => expect.unreachable() };
    sessions.add(broken);
    expect(() => sessions.find('d')?.open('')).toThrow();
    sessions.add(session('e'));
    expect(held(sessions, 'b', 'c', 'd', 'e')).toEqual(['b', 'c', 'e']);
  });

  it('of one initiator take nothing from another’s', () => {
    const sessions = holding('a', 'b', 'c');
    sessions.add(session('g', 'gateway'));
    expect(held(sessions, 'a', 'b', 'c', 'g')).toEqual(['a', 'b', 'c', 'g']);
  });

  it('that have ended hold no place, and none is left after the process has stopped', () => {
    const sessions = holding('b', 'c');
    sessions.add(session('old', 'trade-executor', 1_000));
    sessions.add(session('d'));
    expect(held(sessions, 'old', 'b', 'c', 'd')).toEqual(['b', 'c', 'd']);
    sessions.clear();
    expect(held(sessions, 'b', 'c', 'd')).toEqual([]);
  });
});
