import type { RpcReply } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { instantOf } from '../domain/credential/credential.js';
import { nistLimit, stopsAt } from '../domain/encryption/key-limit.js';
import type { KeyId, KeyProvider } from '../domain/encryption/key-provider.js';
import { overlapMs } from '../domain/encryption/sealing-key-times.js';
import type { EncryptedRows, MasterKeys, SealingKeys, WrapCounts } from './ports.js';

type Deps = {
  readonly keys: Pick<KeyProvider, 'keyIds'>;
  readonly rows: Pick<EncryptedRows, 'counts'>;
  readonly masterKeys: Pick<MasterKeys, 'history'>;
  readonly wraps: Pick<WrapCounts, 'all'>;
  readonly sealingKeys: Pick<SealingKeys, 'all'>;
  readonly clock: Clock;
};
type Keys = RpcReply<'qry.key-vault.keys'>;

/** Which master keys there are, what is under each, and how much of its life each has used. */
export const listKeys =
  ({ keys, rows, masterKeys, wraps, sealingKeys, clock }: Deps) =>
  async (): Promise<Keys> => {
    const [held, counts, history, counted, sealing] = await Promise.all([
      keys.keyIds(),
      rows.counts(),
      masterKeys.history(),
      wraps.all(),
      sealingKeys.all(),
    ]);
    const ids = new Set<KeyId>([...held, ...history.map(({ keyId }) => keyId), ...counts.map(({ keyId }) => keyId)]);
    const describe = (keyId: KeyId): Keys['keys'][number] => {
      const known = history.find((key) => key.keyId === keyId);
      const count = counted.find((key) => key.keyId === keyId)?.wraps ?? 0;
      const under = counts.filter((each) => each.keyId === keyId).map((each) => [each.table, each.rows] as const);
      return {
        keyId,
        role: keyId === held[0] ? 'writing' : held.includes(keyId) ? 'reading' : 'absent',
        rows: Object.fromEntries(under),
        wraps: count,
        share: count / nistLimit,
        sentinel: known?.sentinel ?? false,
        ...(known?.retiredAt === undefined ? {} : { retiredAt: known.retiredAt }),
      };
    };
    return {
      writing: held[0],
      keys: [...ids].map(describe),
      stopsAt,
      sealingKeys: sealing.map(({ kid, keyId, createdAtMs, replacedAtMs }) => ({
        kid,
        keyId,
        createdAt: instantOf(createdAtMs),
        ageSeconds: Math.max(0, Math.floor((clock.now() - createdAtMs) / 1_000)),
        ...(replacedAtMs === undefined ? {} : { opensUntil: instantOf(replacedAtMs + overlapMs) }),
      })),
    };
  };
