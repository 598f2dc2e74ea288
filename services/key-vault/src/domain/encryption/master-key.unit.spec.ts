import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import type { KeyId } from './key-provider.js';
import { masterKeyDecider, type MasterKeyCommand, type MasterKeyEvent } from './master-key.js';

const masterKey = specFor(masterKeyDecider);
const keyId = '0ddfbca2b70cb0aa' as KeyId;
const at = '2026-11-30T09:00:00.000Z';

const begin: MasterKeyCommand = { type: 'BeginRotation', data: { keyId, at, rows: 3 } };
const complete: MasterKeyCommand = { type: 'CompleteRotation', data: { keyId, at } };
const retire: MasterKeyCommand = { type: 'Retire', data: { keyId, at } };
const started: MasterKeyEvent = { type: 'EncryptionKeyRotationStarted', v: 1, data: { keyId, startedAt: at, rows: 3 } };
const completed: MasterKeyEvent = { type: 'EncryptionKeyRotationCompleted', v: 1, data: { keyId, completedAt: at } };
const retired: MasterKeyEvent = { type: 'EncryptionKeyRetired', v: 1, data: { keyId, retiredAt: at } };

describe('the rotation to a master key', () => {
  it('begins once, however many calls it takes and however many operators ask', () => {
    masterKey.given().when(begin).then(started);
    masterKey.given(started).when(begin).thenNothing();
  });
  it('is completed once, and may begin again when rows under another key turn up', () => {
    masterKey.given(started).when(complete).then(completed);
    masterKey.given(started, completed).when(complete).thenNothing();
    masterKey.given().when(complete).thenNothing();
    masterKey.given(started, completed).when(begin).then(started);
  });
  it('never goes to a key that was retired', () => {
    masterKey.given(started, completed, retired).when(begin).thenFails('vault.encryption_key_retired');
  });
});

describe('retiring a master key', () => {
  it('is recorded each time: after a restore there is something to take away again', () => {
    masterKey.given().when(retire).then(retired);
    masterKey.given(started, completed, retired).when(retire).then(retired);
  });
});
