import type { z } from 'zod';
import type { CallerName, PublishingService } from './services.js';

/** One row of the event table. Adding an optional field keeps `v`; anything else is a new `v` and an upcaster. */
export type EventDefinition = {
  readonly owner: PublishingService;
  /** `<aggregate>.<event>`; the NATS subject is `evt.<owner>.<aggregate>.<event>[.pNN]`. */
  readonly subject: `${string}.${string}`;
  readonly v: number;
  readonly data: z.ZodType;
  /** Field of `data` whose hash picks the partition token; absent for subjects without partitions. */
  readonly partitionBy?: string;
};

/** Types an owner's rows and fills in the owner, so that a row cannot name somebody else. */
export const eventsOf =
  <Owner extends PublishingService>(owner: Owner) =>
  <Rows extends Readonly<Record<string, Omit<EventDefinition, 'owner'>>>>(rows: Rows) =>
    Object.fromEntries(Object.entries(rows).map(([type, row]) => [type, { ...row, owner }])) as {
      readonly [Type in keyof Rows]: Rows[Type] & { readonly owner: Owner };
    };

/** One row of the table of commands and queries (NATS request/reply). */
export type RpcDefinition = {
  readonly callers: readonly CallerName[];
  /** Signed by the caller's message key and checked by the owner: everything that changes money or keys. */
  readonly signed: boolean;
  /** Goes to one process of the owner's: the subject has one more token, that instance's name, and no other instance hears it. */
  readonly perInstance?: true;
  /** What the frames in request and reply hold: only the two ends of a session can read, make or repeat them. */
  readonly inSession?: { readonly request: z.ZodType; readonly reply: z.ZodType };
  readonly deadlineMs: number;
  readonly request: z.ZodType;
  readonly reply: z.ZodType;
};
