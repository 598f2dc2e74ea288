import type { EncryptionKeys, RetiredKey } from '@latchkey/contracts';
import { table } from '../output.js';
import type { Rotated } from './rotate.js';

type Key = EncryptionKeys['keys'][number];

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.001 ? 6 : 1)} %`;

const stateOf = ({ role, sentinel, retiredAt }: Key): string => {
  if (retiredAt !== undefined) return role === 'absent' ? `retired ${retiredAt}` : `retired ${retiredAt}, take it out`;
  return sentinel ? role : `${role}, unused`;
};

const rowsOf = ({ rows }: Key): string =>
  Object.entries(rows)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

const days = (seconds: number): string => `${(seconds / 86_400).toFixed(1)} d`;

/** The keys as tables. */
export const statusText = ({ keys, sealingKeys, stopsAt }: EncryptionKeys): string =>
  [
    table(
      ['master key', 'is', 'rows under it', 'wraps', 'of 2^32'],
      keys.map((key) => [key.keyId, stateOf(key), rowsOf(key), String(key.wraps), percent(key.share)]),
    ),
    '',
    `a key stops at ${stopsAt} wraps`,
    '',
    table(
      ['sealing key', 'age', 'opens until', 'under'],
      sealingKeys.map(({ kid, ageSeconds, opensUntil, keyId }) => [kid, days(ageSeconds), opensUntil ?? 'it is replaced', keyId]),
    ),
  ].join('\n');

/** What a rotation came to, and what it leaves to do. */
export const summaryOf = ({ keyId, rewrapped, remaining, damaged, unavailable }: Rotated): string =>
  [
    `${rewrapped} rows re-wrapped; ${remaining === 0 ? 'everything is' : `all but ${remaining} are`} under ${keyId}`,
    ...(damaged > 0
      ? [
          `${damaged} damaged rows were not re-wrapped, since no key opens them; the key vault's log names each:`,
          '  API keys: their users were told to enter them again; they do not keep a key from being retired',
          '  pending key pairs: they were destroyed, and their users generate others',
          '  sealing keys: they keep their master key from being retired until they are destroyed, 24 hours after the next one was made',
          '  the fingerprint key: it keeps its master key from being retired until table "fingerprint_keys" is put back from a backup',
        ]
      : []),
    ...(unavailable > 0
      ? [`${unavailable} rows are under keys that this key vault does not hold: give it those, or ask one that has them`]
      : []),
  ].join('\n');

/** What the operator does next. */
export const afterRetiring = ({ keyId, retiredAt, held }: RetiredKey): string =>
  [
    `${keyId} is retired (${retiredAt}): nothing is under it, and nothing will be`,
    held
      ? 'Take it out of ENCRYPTION_KEY_PREVIOUS, or out of the keyring file, of every key vault; then destroy it, with all copies'
      : 'Destroy it, with all copies',
    'Backups of the database from before today still need it: keep one copy offline until they are gone, or lose them with it',
  ].join('\n');
