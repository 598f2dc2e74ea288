import { randomBytes, randomUUID } from 'node:crypto';
import type { Account } from '@latchkey/contracts';
import { createEventStore } from '@latchkey/event-store';
import type { CredentialId } from '@latchkey/kernel';
import { createCredentials } from '../adapters/postgres/credentials.js';
import { createCredentialCipher } from '../app/credential-cipher.js';
import type { Change } from '../app/change-credential.js';
import type { StoredCredential } from '../app/ports.js';
import { signStrings } from '../app/sign-strings.js';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import { createKeyring } from '../domain/encryption/keyring.js';
import { contextOf, masterKey, otherMasterKey, quiet, readItem, type VaultFixture } from './vault-fixture.js';

/** A credential of a user with its row as the port above SQL reads it. */
export type Target = { readonly account: Account; readonly id: CredentialId; readonly row: StoredCredential };

/** What became of one altered row: `signed`, or the code of the refusal. */
export type Outcome = { readonly outcome: string; readonly advised: boolean; readonly recorded: boolean };

/**
 * The signing use case of production over rows that are given to it: everything that reads and judges a row is the real thing. What follows
 * is not: the record lets everything pass that was not refused before, and damage is noted instead of stored, so that a row can be altered a
 * thousand ways.
 */
export const rowBench = (fixture: Pick<VaultFixture, 'clock' | 'pool'>) => {
  const { clock, pool } = fixture;
  const random = (bytes: number): Buffer => randomBytes(bytes);
  const keys = createKeyring({ current: masterKey(), reading: [otherMasterKey()], random });
  const stored = createCredentials({
    pool,
    store: createEventStore({ service: 'key-vault', clock }),
    onAppended: () => undefined,
  });
  let given: ReadonlyMap<CredentialId, StoredCredential> | undefined;
  const recorded = new Set<CredentialId>();
  const sign = signStrings({
    credentials: { ...stored, read: async (ids) => given ?? stored.read(ids), catchUp: async (ids) => ids ?? [] },
    cipher: createCredentialCipher(keys, random, {
      of: () => Promise.reject(new RangeError('rows are read here, and none is written')),
    }),
    record: { decide: async ({ items }) => items.map(({ refusal }) => refusal ?? 'signed') },
    change: async ({ id, command }: Change) => {
      if (command.type === 'RecordIntegrityFailure') recorded.add(id);
      return { credential: { status: 'none' }, events: [] };
    },
    rate: { allows: () => true },
    log: quiet,
    clock,
  });

  const judge = async (accounts: readonly Account[]): Promise<readonly Outcome[]> => {
    recorded.clear();
    const items = accounts.map((account) =>
      account.exchange === 'bybit'
        ? {
            ...readItem(fixture, account),
            payload: `${clock.now()}{apiKey}5000category=spot&symbol=BTCUSDT&orderId=1523347543495541248`,
          }
        : readItem(fixture, account),
    );
    const reply = await sign({ items, context: contextOf('executor') }, 'trade-executor', randomUUID());
    return reply.items.map((answer, i) => ({
      outcome: answer.ok ? 'signed' : answer.code,
      advised: !answer.ok && answer.message.includes('enter it again'),
      recorded: recorded.has(credentialIdOf(accounts[i]!)),
    }));
  };

  return {
    /** The rows as they are. */
    read: async (accounts: readonly Account[]): Promise<readonly Target[]> => {
      const rows = await stored.read(accounts.map(credentialIdOf));
      return accounts.map((account) => ({ account, id: credentialIdOf(account), row: rows.get(credentialIdOf(account))! }));
    },
    /** One string for each account, with its row altered. */
    judgeAltered: async (targets: readonly Target[]): Promise<readonly Outcome[]> => {
      given = new Map(targets.map(({ id, row }) => [id, row]));
      const outcomes = await judge(targets.map(({ account }) => account));
      given = undefined;
      return outcomes;
    },
    /** The same with the rows that stand in the database. */
    judgeStored: judge,
  };
};
