import { randomBytes } from 'node:crypto';
import { newId } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { keyIdOfEnvelope, sealEnvelope } from '../domain/encryption/envelope.js';
import { createKeyring, keyIdOf } from '../domain/encryption/keyring.js';
import type { EncryptedRow, RewrappedRow } from './ports.js';
import { replaceableKeys } from './replaceable-keys.js';
import { rotateKeys } from './rotate-keys.js';

const [former, first, second] = [1, 2, 3].map((byte) => () => Buffer.alloc(32, byte)) as [
  () => Buffer,
  () => Buffer,
  () => Buffer,
];
const ring = (current: Buffer, ...reading: Buffer[]) => createKeyring({ current, reading, random: randomBytes });
const context = { actor: 'operator:ada', correlationId: newId() };

const fields = ['api_key', 'api_secret'];
const storedRow = async (owner: string): Promise<EncryptedRow> => ({
  table: 'credential_secrets',
  owner,
  keyId: keyIdOf(former()),
  envelopes: await Promise.all(
    fields.map(async (field) => {
      const binding = { use: 'credential', owner, field, facts: [] } as const;
      return {
        column: field,
        use: 'credential',
        field,
        envelope: await sealEnvelope(ring(former()), randomBytes, binding, Buffer.from('x')),
      };
    }),
  ),
});

/** A rotation of those rows, in memory, whose keys are exchanged by `next` after its first wrap. */
const rotation = (stored: readonly EncryptedRow[], next: readonly ReturnType<typeof ring>[]) => {
  const held = replaceableKeys(ring(first(), former(), second()));
  const pending = [...next];
  const [written, damaged]: [RewrappedRow[], string[]] = [[], []];
  const rotate = rotateKeys({
    keys: {
      ...held.keys,
      wrap: async (wrapping) => {
        const wrapped = await held.keys.wrap(wrapping);
        for (const keys of pending.splice(0)) await held.replace(keys);
        return wrapped;
      },
    },
    rows: {
      tables: ['credential_secrets'],
      under: async ({ keyId, after = '', limit }) =>
        stored.filter((row) => row.keyId === keyId && row.owner > after).slice(0, limit),
      replace: async (rows) => written.push(...rows),
      counts: async () => [{ table: 'credential_secrets', keyId: keyIdOf(former()), rows: stored.length - written.length }],
    },
    masterKeys: { handle: async () => undefined },
    onDamaged: async ({ owner }) => void damaged.push(owner),
    clock: manualClock(1_790_000_000_000),
  });
  return { rotate: (maxRows = 100) => rotate({ maxRows, context }), written, damaged };
};

describe('a rotation whose keys are exchanged in the middle of a call', () => {
  it('wraps every envelope of a row under the key that the row is stored under', async () => {
    const stored = await Promise.all(['a', 'b', 'c'].map(storedRow));
    const { rotate, written } = rotation(stored, [ring(second(), first(), former())]);
    expect(await rotate()).toMatchObject({ keyId: keyIdOf(first()), damaged: 0 });
    expect(written).toHaveLength(3);
    for (const { keyId, envelopes } of written)
      expect(fields.map((field) => keyIdOfEnvelope(envelopes[field] ?? ''))).toEqual([keyId, keyId]);
  });

  it('takes no row for damaged when the key that it goes to is not at hand any more', async () => {
    const { rotate, written, damaged } = rotation(
      [await storedRow('a')],
      [ring(second(), first(), former()), ring(second(), former())],
    );
    await expect(rotate()).rejects.toThrow(expect.objectContaining({ code: 'vault.encryption_key_unavailable' }));
    expect([written, damaged]).toEqual([[], []]);
  });
});

describe('a rotation in small steps', () => {
  it('comes to the rows behind those that are damaged, which each call meets again', async () => {
    const [moved, whole] = (await Promise.all(['z', 'b'].map(storedRow))) as [EncryptedRow, EncryptedRow];
    const { rotate, written, damaged } = rotation([{ ...moved, owner: 'a' }, whole], []);
    expect(await rotate(1)).toMatchObject({ rewrapped: 1, damaged: 1 });
    expect([written.map(({ row }) => row.owner), damaged]).toEqual([['b'], ['a']]);
  });
});
