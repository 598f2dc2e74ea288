import type { Hold } from './timers.js';

/** A request as it came over the wire. Signatures cover bytes, so nothing here is decoded: `latin1` text maps bytes one to one. */
export type RawRequest = {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ip: string;
};

type Written = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type RawReply =
  | (Written & { readonly kind: 'answer' })
  /** Head and half of the body arrive, then nothing until the hold ends or the client gives up; the connection is reset then. */
  | (Written & { readonly kind: 'stall'; readonly hold: Hold })
  /** The connection is reset without an answer. */
  | { readonly kind: 'cut' };
