import type { Clock } from '@latchkey/kernel';
import type { AnsweringSession, ReceivedFrame } from '@latchkey/sealing';

/** The sessions of this process, in its memory alone: a restart forgets them, and whoever asks opens another. */
export type OpenSessions = {
  readonly add: (session: AnsweringSession) => void;
  readonly find: (sid: string) => AnsweringSession | undefined;
  readonly clear: () => void;
};

type Entry = { readonly session: AnsweringSession; used: boolean };

/**
 * At most so many for each initiator. Where there would be more, one in which nothing was ever asked makes room (its offer may have been
 * somebody's repetition), else the one that was not used for longest.
 */
export const createOpenSessions = ({ clock, maxPerInitiator }: { clock: Clock; maxPerInitiator: number }): OpenSessions => {
  // In order of use: the one that was not used for longest comes first.
  const entries = new Map<string, Entry>();

  const forgetEnded = (): void => {
    for (const [sid, { session }] of entries) if (session.expiresAt <= clock.now()) entries.delete(sid);
  };

  const makeRoom = (initiator: string): void => {
    const own = [...entries.values()].filter(({ session }) => session.initiator === initiator);
    if (own.length < maxPerInitiator) return;
    const victim = own.find(({ used }) => !used) ?? own[0];
    if (victim) entries.delete(victim.session.sid);
  };

  const touched = (entry: Entry): void => {
    entry.used = true;
    entries.delete(entry.session.sid);
    entries.set(entry.session.sid, entry);
  };

  return {
    add: (session) => {
      forgetEnded();
      makeRoom(session.initiator);
      entries.set(session.sid, { session, used: false });
    },
    find: (sid) => {
      const entry = entries.get(sid);
      if (!entry) return undefined;
      const open = (frame: string): ReceivedFrame => {
        const received = entry.session.open(frame);
        touched(entry);
        return received;
      };
      return { ...entry.session, open };
    },
    clear: () => entries.clear(),
  };
};
