import { CliError } from '../errors.js';
import { readCsv } from './read-csv.js';
import { readText } from './read-text.js';

/** The id that an older service's user has here, or `undefined` for one that the map leaves out. */
export type UserIds = (olderUser: string) => string | undefined;

/**
 * @param options.prefix goes before the older id: `old-` makes `old-17` of `17`
 * @param options.mapFile CSV without a header: older id, id here
 * @throws {CliError} `cli.bad_option`, `cli.source_unreadable`
 */
export const userIds = async ({
  prefix,
  mapFile,
}: {
  readonly prefix?: string | undefined;
  readonly mapFile?: string | undefined;
}): Promise<UserIds> => {
  if (prefix !== undefined && mapFile !== undefined)
    throw new CliError('cli.bad_option', 'give --user-prefix or --user-map, not both');
  if (mapFile === undefined) return (olderUser) => `${prefix ?? ''}${olderUser}`;
  const ids = new Map<string, string>();
  const taken = new Map<string, string>();
  for await (const [older = '', id = '', ...more] of readCsv(readText(mapFile))) {
    if (older === '' || id === '' || more.length > 0)
      throw new CliError('cli.source_unreadable', `a line of "${mapFile}" is not: older id, comma, id here`);
    // Two people in one account would have one's key replace the other's.
    const clash = ids.has(older) ? older : taken.get(id);
    if (clash !== undefined)
      throw new CliError(
        'cli.source_unreadable',
        `"${mapFile}" names "${ids.has(older) ? older : id}" twice; each id has one counterpart`,
      );
    ids.set(older, id);
    taken.set(id, older);
  }
  return (olderUser) => ids.get(olderUser);
};
