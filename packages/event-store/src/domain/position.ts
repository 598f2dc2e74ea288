/** The place of an event in its source's log, as its envelope says it. */
export type Place = { readonly epoch: number; readonly logseq: number; readonly prev: number; readonly subject: string };

/**
 * How far a consumer has come: it has handled everything that concerns it up to (`epoch`, `logseq`), and, where it reads only some subjects,
 * everything of a subject up to that subject's entry.
 */
export type Position = { readonly epoch: number; readonly logseq: number; readonly subjects: ReadonlyMap<string, number> };

/** Before the first event. */
export const origin: Position = { epoch: 1, logseq: 0, subjects: new Map() };

const seen = ({ logseq, subjects }: Position, subject: string): number => Math.max(logseq, subjects.get(subject) ?? 0);

/**
 * What an arriving event is to a consumer. Numbers go on over epochs, but an epoch may begin below what a consumer saw of a history that its
 * source has lost: only the source can tell what lies between, so a new epoch is a gap until it was asked.
 *
 * @param whole the consumer reads every subject of the source; then a hole shows in `logseq`, else in the subject's `prev`
 */
export const arrival = (position: Position, place: Place, whole: boolean): 'next' | 'duplicate' | 'gap' => {
  if (place.epoch !== position.epoch) return place.epoch < position.epoch ? 'duplicate' : 'gap';
  const done = whole ? position.logseq : seen(position, place.subject);
  if (place.logseq <= done) return 'duplicate';
  const before = whole ? place.logseq - 1 : place.prev;
  return before <= done ? 'next' : 'gap';
};

/** The position in a newer epoch: what was seen past its beginning belongs to a lost history and counts no more. */
const enter = (position: Position, epoch: number, start: number): Position => ({
  epoch,
  logseq: Math.min(position.logseq, start - 1),
  subjects: new Map([...position.subjects].map(([subject, logseq]) => [subject, Math.min(logseq, start - 1)])),
});

const inEpoch = (position: Position, epoch: number, start: number): Position =>
  epoch > position.epoch ? enter(position, epoch, start) : position;

/** The position after an event was handled. */
export const advance = (position: Position, { epoch, logseq, subject }: Place, whole: boolean): Position => {
  const here = inEpoch(position, epoch, logseq);
  if (whole || logseq === here.logseq + 1) return { ...here, logseq: Math.max(here.logseq, logseq) };
  return { ...here, subjects: new Map(here.subjects).set(subject, Math.max(seen(here, subject), logseq)) };
};

/** The position after the source said that there is nothing else up to `through`. */
export const confirm = (position: Position, epoch: number, through: number): Position => {
  if (epoch < position.epoch) return position;
  const here = inEpoch(position, epoch, through + 1);
  const logseq = Math.max(here.logseq, through);
  return { epoch, logseq, subjects: new Map([...here.subjects].filter(([, at]) => at > logseq)) };
};

/** True when there is more than the consumer has handled, as far as a head announcement tells. */
export const isBehind = (position: Position, head: { readonly epoch: number; readonly logseq: number }): boolean =>
  head.epoch !== position.epoch ? head.epoch > position.epoch : head.logseq > position.logseq;

/** True when the source has forgotten what the consumer has seen: its database was restored, and it does not know. */
export const isAhead = (position: Position, head: { readonly epoch: number; readonly logseq: number }): boolean => {
  const furthest = Math.max(position.logseq, ...position.subjects.values());
  return head.epoch !== position.epoch ? head.epoch < position.epoch : head.logseq < furthest;
};
