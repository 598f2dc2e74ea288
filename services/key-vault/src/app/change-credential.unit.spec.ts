import { replay, type UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { credentialIdOf } from '../domain/credential/credential-id.js';
import type { CredentialEvent } from '../domain/credential/credential.js';
import { credentialDecider } from '../domain/credential/decide.js';
import { createChangeCredential } from './change-credential.js';
import type { Credentials, NewSecret } from './ports.js';

const account = { userId: 'user-1' as UserId, exchange: 'binance', environment: 'live' } as const;
const id = credentialIdOf(account);
const context = { actor: 'user:user-1', correlationId: '0199d3a0-7c00-7000-8000-000000000009' };
const save = {
  type: 'SaveCredential',
  data: { ...account, credentialId: id, maskedKey: 'abcd...wxyz', keyType: 'hmac' },
} as const;
const damage = { type: 'RecordIntegrityFailure', data: { field: 'api_secret', atMs: 0 } } as const;

/** One stream in memory that keeps the store's rule: an append at another version than the head is not taken. */
const memory = () => {
  const events: CredentialEvent[] = [];
  let interrupt: () => void = () => undefined;
  const credentials: Pick<Credentials, 'load' | 'commit'> = {
    load: () => Promise.resolve({ version: events.length, credential: replay(credentialDecider, events) }),
    commit: (change) => {
      interrupt();
      if (change.expectedVersion !== events.length) return Promise.resolve(false);
      events.push(...change.events);
      return Promise.resolve(true);
    },
  };
  const once = (work: () => void) => {
    interrupt = () => {
      interrupt = () => undefined;
      work();
    };
  };
  return { events, credentials, once };
};

const saved = (): CredentialEvent => ({ type: 'CredentialSaved', v: 1, data: { ...save.data, replaced: false } });

describe('a change of a credential', () => {
  it('is decided again, and encrypted again for its new place, when somebody else was faster', async () => {
    const { events, credentials, once } = memory();
    once(() => events.push(saved()));
    const versions: number[] = [];
    const secretAt = (savedVersion: number) => {
      versions.push(savedVersion);
      return Promise.resolve({ savedVersion } as NewSecret);
    };
    await createChangeCredential(credentials)({ id, command: save, context, secretAt });
    expect(versions).toEqual([1, 2]);
    expect(events.map(({ data }) => 'replaced' in data && data.replaced)).toEqual([false, true]);
  });

  it('gives up on a stream that never stands still', async () => {
    const { credentials } = memory();
    const change = createChangeCredential({ ...credentials, commit: () => Promise.resolve(false) });
    await expect(change({ id, command: save, context })).rejects.toMatchObject({ code: 'vault.conflict' });
  });

  it('that was found out about one version is not made to the next: a new key is not the damaged one', async () => {
    const { events, credentials } = memory();
    events.push(saved(), saved());
    const change = createChangeCredential(credentials);
    expect((await change({ id, command: damage, context, onlyAt: 1 })).events).toEqual([]);
    expect((await change({ id, command: damage, context, onlyAt: 2 })).events).toMatchObject([
      { type: 'CredentialIntegrityFailed' },
    ]);
  });
});
