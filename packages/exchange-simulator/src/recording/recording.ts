import type { RawReply, RawRequest } from '../core/raw-http.js';
import type { SimulatedPart, SimulationOptions } from '../simulation.js';

/** The first line: what the simulation was made of. */
export type RecordingHead = {
  readonly format: 'latchkey-simulator-recording';
  readonly v: 1;
  readonly startMs: number;
} & Pick<SimulationOptions, 'seed' | 'binanceLimits' | 'bybitLimits'>;

/** What came in, and when by the simulation's clock. A tick is a timer that fell due between two of them. */
export type RecordedInput =
  | { readonly at: number; readonly tick: true }
  | { readonly at: number; readonly in: number; readonly part: SimulatedPart; readonly request: RawRequest }
  | { readonly at: number; readonly in: number; readonly part: SimulatedPart; readonly open: RawRequest }
  | { readonly at: number; readonly socket: number; readonly message: string }
  | { readonly at: number; readonly socket: number; readonly pong: true }
  | { readonly at: number; readonly socket: number; readonly closed: true };

/** What went out: the answer to an input, or something on a socket, which is named by the input that opened it. */
export type RecordedOutput =
  | { readonly out: number; readonly reply: WrittenReply | { readonly kind: 'open' } }
  | { readonly socket: number; readonly sent: string }
  | { readonly socket: number; readonly ping: true }
  | { readonly socket: number; readonly close: readonly [code: number, reason: string] }
  | { readonly socket: number; readonly drop: true };

export type RecordedLine = RecordedInput | RecordedOutput;

/** A reply as it is written down: a stall without its hold. */
type WrittenReply =
  | (Omit<Extract<RawReply, { kind: 'answer' | 'stall' }>, 'hold' | 'kind'> & { readonly kind: 'answer' | 'stall' })
  | { readonly kind: 'cut' };

export const isInput = (line: RecordedLine): line is RecordedInput => 'at' in line;

export const writtenReply = (reply: RawReply): WrittenReply => {
  if (reply.kind === 'cut') return reply;
  const { kind, status, headers, body } = reply;
  return { kind, status, headers, body };
};
