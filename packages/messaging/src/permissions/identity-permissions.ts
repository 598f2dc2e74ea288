import { inboxPrefixOf, type NatsIdentity } from '@latchkey/contracts';
import { accountOf, grantsBy, grantsTo } from './grants.js';

/** What one identity may do inside its account; everything that is not listed is refused. */
export type IdentityPermissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** Where answers to other accounts go: the server makes one such subject per request, in the owner's account, and carries the answer over. */
const replySubjects = '_R_.>';

const subjectsOf = (list: readonly { readonly subject: string }[]): readonly string[] => list.map(({ subject }) => subject);
const unique = (subjects: readonly string[]): readonly string[] => [...new Set(subjects)].sort();

/**
 * The allow lists of one NATS identity, from the tables of contracts alone. The account's imports say the same once more, and hold for what
 * the server itself publishes on somebody's behalf, which no user's permissions do.
 */
export const permissionsOf = (identity: NatsIdentity): IdentityPermissions => {
  const received = grantsTo(identity);
  const offered = grantsBy(accountOf(identity)).filter(({ subject }) => subject !== '>');
  const answered = offered.filter(({ kind }) => kind === 'service');
  return {
    publish: unique([
      ...subjectsOf(received.filter(({ kind }) => kind === 'service')),
      ...subjectsOf(offered.filter(({ kind }) => kind === 'stream')),
      ...(answered.length > 0 ? [replySubjects] : []),
    ]),
    subscribe: unique([
      `${inboxPrefixOf(identity)}.>`,
      ...subjectsOf(answered),
      ...subjectsOf(received.filter(({ kind }) => kind === 'stream')),
    ]),
  };
};
