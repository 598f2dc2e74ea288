/** A stream as its broker describes it now. */
export type StreamView = {
  /** When the broker made it: another text after it was deleted and made again, the same one after an old copy was put back. */
  readonly created: string;
  readonly lastSeq: number;
  /** Messages that somebody deleted from inside. */
  readonly deleted: number;
  /** The newest event that it holds. */
  readonly last?: { readonly epoch: number; readonly logseq: number; readonly id: string };
};

/** What the stream was last known to hold. */
export type Checkpoint = {
  readonly created: string;
  readonly lastSeq: number;
  readonly deleted: number;
  readonly logseq: number;
};

/** The database's own view. */
export type OwnLog = {
  readonly epoch: number;
  /** The id of the event that has the number of the stream's newest one; nothing when that number was never given here. */
  readonly idAtStreamHead: string | undefined;
};

/** What to do about the stream. */
export type Verdict =
  /** It ends with our event `logseq`: publish what follows, be that new or lost with an old copy that was put back. */
  | { readonly kind: 'follows'; readonly logseq: number }
  /** It holds nothing: publish all that it would still keep. */
  | { readonly kind: 'empty' }
  /** Messages inside it are gone: publish again from the first of them. */
  | { readonly kind: 'holed' }
  /** It holds what the database never wrote, or has forgotten. */
  | { readonly kind: 'ahead' };

/**
 * Holds a stream against the database that it is a copy of. The newest event in the stream decides, not the checkpoint: a crash between
 * publishing and saving the checkpoint, or another relay's work, then looks like what it is.
 */
export const compare = (stream: StreamView, own: OwnLog, checkpoint: Checkpoint | undefined): Verdict => {
  const { last } = stream;
  if (!last) return { kind: 'empty' };
  if (last.epoch > own.epoch || last.id !== own.idAtStreamHead) return { kind: 'ahead' };
  const known = checkpoint?.created === stream.created ? checkpoint : undefined;
  if (stream.deleted > (known?.deleted ?? 0)) return { kind: 'holed' };
  return { kind: 'follows', logseq: last.logseq };
};
