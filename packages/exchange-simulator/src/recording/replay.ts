import { setImmediate } from 'node:timers/promises';
import type { SocketHandler } from '../core/streams/socket.js';
import { SimulatorError } from '../core/simulator-error.js';
import { createRecorder } from './recorder.js';
import { isInput, type RecordedInput, type RecordedLine, type RecordingHead } from './recording.js';

/** Whether a recording repeats byte by byte; where not, the first line (counted from 1) that differs. */
export type Replay =
  | { readonly equal: true; readonly lines: number }
  | { readonly equal: false; readonly line: number; readonly recorded: string; readonly replayed: string };

const silentLink = { send: () => undefined, ping: () => undefined, close: () => undefined, drop: () => undefined };

/** @throws {SimulatorError} `invalid_request` for what is no recording */
const readHead = (text: string | undefined): RecordingHead => {
  const head: unknown = text === undefined ? undefined : JSON.parse(text);
  const isHead =
    typeof head === 'object' &&
    head !== null &&
    'format' in head &&
    head.format === 'latchkey-simulator-recording' &&
    'v' in head &&
    head.v === 1;
  if (!isHead) throw new SimulatorError('invalid_request', 'the first line is not the head of a recording of this version');
  return head as unknown as RecordingHead;
};

/**
 * Gives a fresh simulation everything that came in, at the times at which it came, and compares what goes out with what went out then.
 *
 * @param lines of the file, without the empty one at its end
 */
export const replayRecording = async (lines: readonly string[]): Promise<Replay> => {
  const [first, ...rest] = lines;
  const head = readHead(first);
  const replayed: string[] = [];
  const recorder = createRecorder(head, (line) => replayed.push(JSON.stringify(line)));
  const sockets = new Map<number, SocketHandler>();
  let nowMs = head.startMs;

  const feed = (input: RecordedInput): void => {
    nowMs = input.at;
    if ('tick' in input) return recorder.tick(nowMs);
    if ('request' in input) return void recorder.request(nowMs, input.part, input.request);
    if ('open' in input) {
      const opened = recorder.open(nowMs, input.part, input.open, () => nowMs);
      return void opened.then((opening) =>
        opening.kind === 'open' ? sockets.set(input.in, opening.start(silentLink)) : undefined,
      );
    }
    const socket = sockets.get(input.socket);
    if ('message' in input) return socket?.message(input.message);
    return 'pong' in input ? socket?.pong() : socket?.closed();
  };

  for (const text of rest) {
    const line = JSON.parse(text) as RecordedLine;
    if (!isInput(line)) continue;
    feed(line);
    // Answers that a timer has set free are written before the next input, as they were in the run.
    await setImmediate();
  }
  recorder.end();
  const at = rest.findIndex((text, index) => text !== replayed[index]);
  if (at >= 0) return { equal: false, line: at + 2, recorded: rest[at] ?? '', replayed: replayed[at] ?? '' };
  return { equal: true, lines: lines.length };
};
