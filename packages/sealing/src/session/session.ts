import type { Clock } from '@latchkey/kernel';
import { SealingError } from '../errors.js';
import type { SessionKeys } from './agreement.js';
import { headerOfFrame, maxFrames, openFrame, sealFrame, type Direction, type FrameHeader } from './frame.js';

/** Milliseconds that a session lives at most, at each of its ends. */
export const maxSessionMs = 3_600_000;

/** One request on its way, and the only answer that is taken for it. */
export type AskedFrame = {
  readonly frame: string;
  /** @throws {SealingError} `sealing.malformed`, `sealing.cannot_open`, `sealing.counter_used` (another request's answer, or a second one), `sealing.session_over` */
  readonly open: (reply: string) => Buffer;
};

/** The end that asks. */
export type AskingSession = {
  readonly sid: string;
  /** The process at the other end. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** @throws {SealingError} `sealing.session_over`: too old, or out of counters; open another */
  readonly ask: (plaintext: Uint8Array) => AskedFrame;
};

export type ReceivedFrame = {
  /** 1 and up; each comes once in a session. */
  readonly counter: number;
  readonly plaintext: Buffer;
  /** Seals the answer, once. @throws {SealingError} `sealing.counter_used` */
  readonly reply: (plaintext: Uint8Array) => string;
};

/** The end that answers. */
export type AnsweringSession = {
  readonly sid: string;
  /** Who asks: proven by the message key that signed the offer. */
  readonly initiator: string;
  readonly expiresAt: number;
  /** @throws {SealingError} `sealing.malformed`, `sealing.cannot_open`, `sealing.counter_used` (replayed or out of order), `sealing.session_over` */
  readonly open: (frame: string) => ReceivedFrame;
};

export type SessionFacts = { readonly sid: string; readonly keys: SessionKeys; readonly openedAt: number; readonly clock: Clock };

const over = (): SealingError => new SealingError('sealing.session_over', 'the session is over; open another one');
const used = (): SealingError =>
  new SealingError('sealing.counter_used', 'the frame is a repetition, or does not belong here; it was not taken');

const expectedHeader = (frame: string, direction: Direction, sid: string): FrameHeader => {
  const found = headerOfFrame(frame);
  if (found.direction !== direction || found.sid !== sid)
    throw new SealingError('sealing.cannot_open', 'the frame belongs to another session, or goes the other way');
  return found;
};

/** @param lastCounter of the last frame that was sent; 0 in a new session */
export const createAskingSession = (
  { sid, keys, openedAt, clock }: SessionFacts,
  instance: string,
  lastCounter = 0,
): AskingSession => {
  const expiresAt = openedAt + maxSessionMs;
  const assertAlive = (): void => {
    if (clock.now() >= expiresAt) throw over();
  };
  let last = lastCounter;
  return {
    sid,
    instance,
    expiresAt,
    ask: (plaintext) => {
      assertAlive();
      if (last >= maxFrames) throw over();
      last += 1;
      const ctr = last;
      let answered = false;
      return {
        frame: sealFrame(keys.request, { direction: 'request', sid, ctr }, plaintext),
        open: (reply) => {
          assertAlive();
          const found = expectedHeader(reply, 'reply', sid);
          // A reply has the counter of its request: an answer to another one, or one that was seen, is none.
          if (answered || found.ctr !== ctr) throw used();
          const opened = openFrame(keys.reply, found, reply);
          answered = true;
          return opened;
        },
      };
    },
  };
};

export const createAnsweringSession = ({ sid, keys, openedAt, clock }: SessionFacts, initiator: string): AnsweringSession => {
  const expiresAt = openedAt + maxSessionMs;
  let last = 0;
  return {
    sid,
    initiator,
    expiresAt,
    open: (frame) => {
      if (clock.now() >= expiresAt) throw over();
      const found = expectedHeader(frame, 'request', sid);
      if (found.ctr <= last) throw used();
      const plaintext = openFrame(keys.request, found, frame);
      last = found.ctr; // only now: a forged counter must not shut out those that come after it
      let answered = false;
      return {
        counter: found.ctr,
        plaintext,
        reply: (answer) => {
          if (answered) throw used(); // the same nonce for two texts would give both away
          answered = true;
          return sealFrame(keys.reply, { direction: 'reply', sid, ctr: found.ctr }, answer);
        },
      };
    },
  };
};
