import { manualClock, type ManualClock } from '../core/clock.js';
import type { RawReply, RawRequest } from '../core/raw-http.js';
import type { Opening, SocketHandler, SocketLink } from '../core/streams/socket.js';
import { createSimulation, type SimulatedPart, type Simulation } from '../simulation.js';
import { writtenReply, type RecordedLine, type RecordingHead } from './recording.js';

/** A simulation whose every input and output is written down, in the order in which they happened. */
export type Recorder = {
  /** Time of the simulation moves only here, at each input; timers that are due by then run first. */
  readonly tick: (atMs: number) => void;
  readonly request: (atMs: number, part: SimulatedPart, raw: RawRequest) => Promise<RawReply>;
  readonly open: (atMs: number, part: SimulatedPart, raw: RawRequest, timeOf: () => number) => Promise<Opening>;
  readonly clock: ManualClock;
  readonly end: Simulation['end'];
};

/**
 * Between two inputs the clock stands still, so what happens depends on the inputs and their times alone, and not on how fast the machine
 * was: that is what makes a recording of a live run repeat in memory.
 *
 * @param onSchedule told of each timer, so that whoever drives the clock comes back in time
 */
export const createRecorder = (
  head: RecordingHead,
  write: (line: RecordedLine) => void,
  onSchedule: (delayMs: number) => void = () => undefined,
): Recorder => {
  const clock = manualClock(head.startMs);
  const watched = {
    ...clock,
    schedule: (delayMs: number, run: () => void) => {
      onSchedule(delayMs);
      return clock.schedule(delayMs, run);
    },
  };
  const simulation = createSimulation({ ...head, clock: watched });
  let last = 0;
  const moveTo = (atMs: number): number => {
    clock.advance(Math.max(0, atMs - clock.now()));
    return clock.now();
  };

  const linkOf = (socket: number, link: SocketLink): SocketLink => ({
    send: (text) => {
      write({ socket, sent: text });
      link.send(text);
    },
    ping: () => {
      write({ socket, ping: true });
      link.ping();
    },
    close: (code, reason) => {
      write({ socket, close: [code, reason] });
      link.close(code, reason);
    },
    drop: () => {
      write({ socket, drop: true });
      link.drop();
    },
  });
  const handlerOf = (socket: number, handler: SocketHandler, timeOf: () => number): SocketHandler => ({
    message: (text) => {
      write({ at: moveTo(timeOf()), socket, message: text });
      handler.message(text);
    },
    pong: () => {
      write({ at: moveTo(timeOf()), socket, pong: true });
      handler.pong();
    },
    closed: () => {
      write({ at: moveTo(timeOf()), socket, closed: true });
      handler.closed();
    },
  });

  return {
    clock,
    end: simulation.end,
    tick: (atMs) => {
      // Written first: what the timers bring comes after it in the file, as in a replay.
      write({ at: Math.max(atMs, clock.now()), tick: true });
      moveTo(atMs);
    },
    request: async (atMs, part, raw) => {
      const id = (last += 1);
      write({ at: moveTo(atMs), in: id, part, request: raw });
      const reply = await simulation.request[part](raw);
      write({ out: id, reply: writtenReply(reply) });
      return reply;
    },
    open: async (atMs, part, raw, timeOf) => {
      const id = (last += 1);
      write({ at: moveTo(atMs), in: id, part, open: raw });
      const opening = await simulation.open[part](raw);
      write({ out: id, reply: opening.kind === 'open' ? { kind: 'open' } : writtenReply(opening) });
      if (opening.kind !== 'open') return opening;
      return { kind: 'open', start: (link) => handlerOf(id, opening.start(linkOf(id, link)), timeOf) };
    },
  };
};
