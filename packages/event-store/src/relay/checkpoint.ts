import { streamOf, type PublishingService } from '@latchkey/contracts';
import type { Checkpoint } from '../domain/comparison.js';
import type { Db } from '../postgres/transaction.js';

type Row = { readonly created: string; readonly last_seq: string; readonly deleted: string; readonly logseq: string };

export const loadCheckpoint = async (db: Db, service: PublishingService): Promise<Checkpoint | undefined> => {
  const found = await db.query<Row>('select created, last_seq, deleted, logseq from relay_checkpoints where stream = $1', [
    streamOf(service),
  ]);
  const [row] = found.rows;
  return row && { created: row.created, lastSeq: Number(row.last_seq), deleted: Number(row.deleted), logseq: Number(row.logseq) };
};

export const saveCheckpoint = async (
  db: Db,
  service: PublishingService,
  { created, lastSeq, deleted, logseq }: Checkpoint,
): Promise<void> => {
  await db.query(
    `insert into relay_checkpoints (stream, created, last_seq, deleted, logseq) values ($1, $2, $3, $4, $5)
     on conflict (stream) do update set created = $2, last_seq = $3, deleted = $4, logseq = $5, saved_at = now()`,
    [streamOf(service), created, lastSeq, deleted, logseq],
  );
};
