import type { Envelope, PublishingService, ReplayPage, RpcReply, RpcRequest } from '@latchkey/contracts';
import { canonicalJson } from '@latchkey/kernel';
import type { Db } from '../postgres/transaction.js';
import { replaySubjectOf, type SignEvent } from '../signing.js';
import { envelopeOf, logHead, readLog } from './log-reader.js';

/** What a consumer asks a source for: everything after its position. */
export type ReplayRequest = RpcRequest<'cmd.gateway.replay'>;
export type ReplayReply = RpcReply<'cmd.gateway.replay'>;

const maxEvents = 200;
const maxBytes = 512 * 1024; // an eighth of what a broker message may hold: in an answer each quotation mark is two bytes

/** As many as fit into one reply, but never none. */
const page = (envelopes: readonly Envelope[]): Envelope[] => {
  const fitting: Envelope[] = [];
  let bytes = 0;
  for (const envelope of envelopes) {
    bytes += Buffer.byteLength(canonicalJson(envelope));
    if (fitting.length > 0 && bytes > maxBytes) break;
    fitting.push(envelope);
  }
  return fitting;
};

/**
 * Answers a consumer with a gap, from the database. A consumer that comes from an older epoch is answered from where that epoch ended, however
 * far it believes to be: what it saw beyond is a history that this database has lost. An empty page says that there is nothing more up to `head`.
 */
export const replayEvents = async (db: Db, service: PublishingService, request: ReplayRequest): Promise<ReplayPage> => {
  const { epoch, from, to, filter } = request;
  const own = await logHead(db); // before the events: what gets its number in between is asked for again
  const next = await db.query<{ start: string | null }>('select min(first_logseq) as start from log_epochs where epoch > $1', [
    epoch,
  ]);
  const start = next.rows[0]?.start;
  const rows = await readLog(db, {
    from: start === null || start === undefined ? from : Math.min(from, Number(start)),
    to: Math.min(to, own.head),
    limit: maxEvents,
    filter,
  });
  return { request, epoch: own.epoch, head: own.head, events: page(rows.map((row) => envelopeOf(service, row))) };
};

/** A page as it is answered; its events read exactly as they were published. */
export const signPage = async (sign: SignEvent, service: PublishingService, answer: ReplayPage): Promise<ReplayReply> => {
  const text = canonicalJson(answer);
  return { text, signature: await sign(replaySubjectOf(service), Buffer.from(text)) };
};
