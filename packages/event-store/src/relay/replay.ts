import type { Envelope, PublishingService, RpcReply, RpcRequest } from '@latchkey/contracts';
import type { Db } from '../postgres/transaction.js';
import { envelopeOf, logHead, readLog } from './log-reader.js';

/** What a consumer asks a source for: everything after its position. */
export type ReplayRequest = RpcRequest<'cmd.gateway.replay'>;
export type ReplayReply = RpcReply<'cmd.gateway.replay'>;

const maxEvents = 200;
const maxBytes = 512 * 1024; // half of what a broker message may hold

/** As many as fit into one reply, but never none. */
const page = (envelopes: readonly Envelope[]): Envelope[] => {
  const fitting: Envelope[] = [];
  let bytes = 0;
  for (const envelope of envelopes) {
    bytes += Buffer.byteLength(JSON.stringify(envelope));
    if (fitting.length > 0 && bytes > maxBytes) break;
    fitting.push(envelope);
  }
  return fitting;
};

/**
 * Answers a consumer with a gap, from the database. A consumer that comes from an older epoch is answered from where that epoch ended, however
 * far it believes to be: what it saw beyond is a history that this database has lost. An empty page says that there is nothing more up to `head`.
 */
export const replayEvents = async (
  db: Db,
  service: PublishingService,
  { epoch, from, to, filter }: ReplayRequest,
): Promise<ReplayReply> => {
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
  return { epoch: own.epoch, head: own.head, events: page(rows.map((row) => envelopeOf(service, row))) };
};
