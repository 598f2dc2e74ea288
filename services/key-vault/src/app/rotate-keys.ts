import type { RotationProgress, RpcRequest } from '@latchkey/contracts';
import { isAppError, type Clock } from '@latchkey/kernel';
import { instantOf } from '../domain/credential/credential.js';
import { rewrapEnvelope } from '../domain/encryption/envelope.js';
import type { KeyId, KeyProvider } from '../domain/encryption/key-provider.js';
import { VaultError } from '../domain/vault-error.js';
import type { EncryptedRow, EncryptedRows, MasterKeys, RewrappedRow } from './ports.js';

type Deps = {
  readonly keys: KeyProvider;
  readonly rows: EncryptedRows;
  readonly masterKeys: Pick<MasterKeys, 'handle'>;
  /** Told of a row whose own key does not open it any more. */
  readonly onDamaged: (row: EncryptedRow, column: string) => Promise<void>;
  readonly clock: Clock;
};
type Tally = {
  rewrapped: number;
  damaged: number;
  tried: number;
  /** Records that a rotation began, once there is something to re-wrap: damaged rows alone begin none, however often they are met. */
  readonly begin: () => Promise<void>;
};

/** Rows of one transaction: short enough for a save of the same row to wait for. */
const pageSize = 250;
/** A call answers after about so long, whatever it was asked for: whoever waits for it wants to see progress. */
const sliceMs = 1_000;

type Outcome = RewrappedRow | { readonly damagedColumn: string };

/**
 * Brings stored envelopes under the writing key: their data keys, never what they hold. Bounded in rows and time, and to be called until it
 * says `done`. Nothing is remembered between calls but what stands in the rows, so that it may be killed anywhere, and run twice at once.
 */
export const rotateKeys = ({ keys, rows, masterKeys, onDamaged, clock }: Deps) => {
  const rewrap = async (row: EncryptedRow, keyId: KeyId): Promise<Outcome> => {
    const envelopes: Record<string, string> = {};
    for (const { column, use, field, envelope } of row.envelopes) {
      try {
        envelopes[column] = await rewrapEnvelope(keyId, keys, { use, owner: row.owner, field }, envelope);
      } catch (error) {
        if (!isAppError(error, 'vault.integrity_failed')) throw error;
        return { damagedColumn: column };
      }
    }
    return { row, keyId, envelopes };
  };

  const rewrapPage = async (page: readonly EncryptedRow[], keyId: KeyId, tally: Tally): Promise<void> => {
    const outcomes = await Promise.all(page.map((row) => rewrap(row, keyId)));
    // Rows that a save or another rotation has changed meanwhile are left to the next call, or to nobody.
    const rewrapped = outcomes.filter((outcome) => 'envelopes' in outcome);
    if (rewrapped.length > 0) await tally.begin();
    tally.rewrapped += await rows.replace(rewrapped);
    // Damaged rows are met again by each call: were they counted, a call for few rows might come to nothing else for ever.
    tally.tried += rewrapped.length;
    for (const [i, outcome] of outcomes.entries()) {
      const row = page[i];
      if (row === undefined || !('damagedColumn' in outcome)) continue;
      tally.damaged += 1;
      await onDamaged(row, outcome.damagedColumn);
    }
  };

  /** @returns whether the end was reached */
  const rewrapAll = async (former: readonly KeyId[], keyId: KeyId, maxRows: number, tally: Tally): Promise<boolean> => {
    const until = performance.now() + sliceMs;
    for (const table of rows.tables) {
      for (const under of former) {
        let after: string | undefined;
        for (;;) {
          if (tally.tried >= maxRows || performance.now() >= until) return false;
          const limit = Math.min(pageSize, maxRows - tally.tried);
          const page = await rows.under({ table, keyId: under, after, limit });
          if (page.length === 0) break;
          await rewrapPage(page, keyId, tally);
          after = page.at(-1)?.owner;
        }
      }
    }
    return true;
  };

  return async ({ keyId: wanted, maxRows, context }: RpcRequest<'cmd.key-vault.rotate-keys'>): Promise<RotationProgress> => {
    const [keyId, ...former] = await keys.keyIds();
    if (wanted !== undefined && wanted !== keyId) throw new VaultError('vault.encryption_key_not_writing', { keyId, wanted });
    const elsewhere = async () => (await rows.counts()).filter((count) => count.keyId !== keyId);
    const sum = (counts: readonly { readonly rows: number }[]) => counts.reduce((all, count) => all + count.rows, 0);
    const named = () => ({ keyId, at: instantOf(clock.now()) });

    const unheld = (counts: Awaited<ReturnType<typeof elsewhere>>) =>
      sum(counts.filter((count) => !former.includes(count.keyId)));

    const before = await elsewhere();
    let begun = false;
    const begin = async () => {
      if (begun) return;
      await masterKeys.handle(keyId, { type: 'BeginRotation', data: { ...named(), rows: sum(before) } }, context);
      begun = true;
    };
    // What another vault has to re-wrap is part of it.
    if (unheld(before) > 0) await begin();
    const tally: Tally = { rewrapped: 0, damaged: 0, tried: 0, begin };
    const done = await rewrapAll(former, keyId, maxRows, tally);
    const left = await elsewhere();
    const unavailable = unheld(left);
    if (done && unavailable === 0) await masterKeys.handle(keyId, { type: 'CompleteRotation', data: named() }, context);
    return { keyId, rewrapped: tally.rewrapped, damaged: tally.damaged, unavailable, remaining: sum(left), done };
  };
};
