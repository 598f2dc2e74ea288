import { envelope } from '@latchkey/contracts';
import { canonicalJson } from '@latchkey/kernel';
import { columnsOf, emptyChain, entryHash, type ChainHead, type RecordEntry } from './entry.js';

/** What is wrong with the record, at its first bad place. */
export type Tampering = {
  readonly kind: 'missing' | 'out_of_order' | 'edited' | 'relinked' | 'column_edited' | 'unreadable';
  /** The entry at which the record stops being believable. */
  readonly seq: number;
  readonly message: string;
};

/** A reader's state between entries: where it is, and the first thing it found. */
export type Verification = { readonly head: ChainHead; readonly entries: number; readonly tampering: Tampering | undefined };

/** Before the first entry. */
export const startVerification: Verification = { head: emptyChain, entries: 0, tampering: undefined };

const found = (kind: Tampering['kind'], seq: number, message: string): Tampering => ({ kind, seq, message });

const misplaced = (head: ChainHead, entry: RecordEntry): Tampering | undefined => {
  const expected = head.seq + 1;
  if (entry.seq === expected) return undefined;
  return entry.seq > expected
    ? found('missing', expected, `entry ${expected} is missing: after ${head.seq} comes ${entry.seq}`)
    : found('out_of_order', entry.seq, `entry ${entry.seq} stands after entry ${head.seq}`);
};

const broken = (head: ChainHead, entry: RecordEntry): Tampering | undefined => {
  if (entryHash(entry.previousHash, entry.payload) !== entry.hash) {
    return found('edited', entry.seq, `entry ${entry.seq} does not have the hash of its content: it was edited`);
  }
  if (entry.previousHash !== head.hash) {
    return found(
      'relinked',
      entry.seq,
      `entry ${entry.seq} does not follow from entry ${head.seq}: one of them was inserted, replaced or recomputed`,
    );
  }
  return undefined;
};

const miscopied = (entry: RecordEntry): Tampering | undefined => {
  let content: { seq: unknown; recordedAt: unknown; event: unknown };
  try {
    content = JSON.parse(entry.payload) as typeof content;
  } catch {
    return found('unreadable', entry.seq, `entry ${entry.seq} holds no JSON`);
  }
  const event = envelope.safeParse(content.event);
  if (!event.success) return found('unreadable', entry.seq, `entry ${entry.seq} holds no event of ours`);
  const { payload: _payload, previousHash: _previousHash, hash: _hash, ...columns } = entry;
  const expected = columnsOf(Number(content.seq), String(content.recordedAt), event.data);
  const wrong = Object.entries(expected).find(([name, value]) => columns[name as keyof typeof columns] !== value);
  if (wrong) return found('column_edited', entry.seq, `column "${wrong[0]}" of entry ${entry.seq} is not what its payload says`);
  if (canonicalJson(content) !== entry.payload)
    return found('unreadable', entry.seq, `entry ${entry.seq} is not written canonically`);
  return undefined;
};

/** Reads on by one entry. After the first tampering nothing more is believed, so nothing more is checked. */
export const verifyEntry = (state: Verification, entry: RecordEntry): Verification => {
  if (state.tampering) return state;
  const tampering = misplaced(state.head, entry) ?? broken(state.head, entry) ?? miscopied(entry);
  return { head: { seq: entry.seq, hash: entry.hash }, entries: state.entries + 1, tampering };
};
