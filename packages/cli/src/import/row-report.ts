import type { ImportedRow } from '@latchkey/contracts';
import type { OlderKey } from './older-rows.js';

/** Why a key was not even sent. */
export const notSent = {
  'import.no_key': 'the user has no key at this exchange',
  'import.incomplete': 'API key or encrypted secret is missing; its user has to enter the key again',
  'import.mode_not_personal':
    'the user traded in another mode than PERSONAL, which is the only one here; tell them, and import with --also-modes if they agree',
  'import.user_not_mapped': 'the map of users does not name this one',
  'import.duplicate_account': 'an earlier row is of the same user and exchange; only the first of them is sent',
  'import.too_long': 'API key or encrypted secret is longer than any real one',
} as const;
export type NotSentCode = keyof typeof notSent;

/** What became of one key. Neither the key nor its ciphertext is in it. */
export type RowReport = Pick<OlderKey, 'row' | 'olderUser' | 'exchange'> & {
  readonly userId?: string;
} & (
    | Extract<ImportedRow, { ok: true }>
    | Extract<ImportedRow, { ok: false }>
    | { readonly ok: false; readonly code: NotSentCode; readonly message: string }
  );

export type Totals = {
  /** Keys, not rows of the table: one of those may hold two. */
  readonly keys: number;
  readonly imported: number;
  readonly replaced: number;
  readonly alreadyImported: number;
  /** Code → how many. */
  readonly notTaken: Readonly<Record<string, number>>;
};

const countOf = { imported: 'imported', replaced: 'replaced', already_imported: 'alreadyImported' } as const;

/** Counts as reports come in; holds none of them. */
export const createTotals = () => {
  const counts = { keys: 0, imported: 0, replaced: 0, alreadyImported: 0 };
  const notTaken = new Map<string, number>();
  return {
    add: (report: RowReport): void => {
      counts.keys += 1;
      if (report.ok) counts[countOf[report.outcome]] += 1;
      else notTaken.set(report.code, (notTaken.get(report.code) ?? 0) + 1);
    },
    now: (): Totals => ({
      ...counts,
      notTaken: Object.fromEntries([...notTaken].toSorted(([one], [other]) => one.localeCompare(other))),
    }),
  };
};
