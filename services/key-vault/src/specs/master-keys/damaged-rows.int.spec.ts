import type { RotationProgress } from '@latchkey/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentialIdOf } from '../../domain/credential/credential-id.js';
import { keyIdOf } from '../../domain/encryption/keyring.js';
import {
  accountOf,
  apiKeyOf,
  contextOf,
  masterKey,
  otherMasterKey,
  readItem,
  save,
  signOne,
  vaultFixture,
  verify,
  type VaultFixture,
} from '../../testing/vault-fixture.js';
import type { Vault } from '../../vault.js';

let fixture: VaultFixture;
beforeEach(async () => {
  fixture = await vaultFixture();
});
afterEach(() => fixture.close());

const oldId = keyIdOf(masterKey());
const context = { ...contextOf('x'), actor: 'operator:ada' };
const code = (value: string) => expect.objectContaining({ code: value });

/** A process that writes with the next key and reads with the one before. */
const promoted = () => fixture.another({ current: otherMasterKey(), previous: masterKey() });
const rotateAll = async (vault: Vault): Promise<readonly RotationProgress[]> => {
  const steps: RotationProgress[] = [];
  do steps.push(await vault.rotateKeys({ maxRows: 1_000, context }));
  while (steps.at(-1)?.done === false);
  return steps;
};

describe('a rotation', () => {
  it('passes over a row that is damaged, tells its user, and finishes the others', async () => {
    const [first, second] = [accountOf('user-1'), accountOf('user-2')];
    for (const account of [first, second]) {
      await save(fixture, account, 'K');
      await verify(fixture, account);
    }
    await fixture.tamper(
      `update credential_secrets set api_secret = regexp_replace(api_secret, '^(lk1\\.[0-9a-f]+\\.).{4}', '\\1AAAA')
        where credential_id = (select credential_id from credentials where user_id = $1)`,
      [first.userId],
    );
    const vault = await promoted();
    expect((await rotateAll(vault)).at(-1)).toMatchObject({ damaged: 1, remaining: 1, done: true });
    const after = { ...fixture, vault };
    expect(await signOne(after, readItem(fixture, first))).toMatchObject({ code: 'vault.integrity_failed' });
    expect(await signOne(after, readItem(fixture, second))).toMatchObject({ ok: true });
    const damage = (await fixture.events('credential-')).filter(({ type }) => type === 'CredentialIntegrityFailed');
    expect(damage.map(({ data }) => [data['userId'], data['field']])).toEqual([[first.userId, 'api_secret']]);
    expect((await rotateAll(vault)).at(-1)).toMatchObject({ damaged: 1, done: true });
    expect((await fixture.events('credential-')).filter(({ type }) => type === 'CredentialIntegrityFailed')).toHaveLength(1);
    // Nothing was rotated the second time.
    expect((await fixture.events('encryption-key-')).map(({ type }) => type)).toEqual([
      'EncryptionKeyRotationStarted',
      'EncryptionKeyRotationCompleted',
    ]);
    // What nobody can read keeps no key alive.
    expect(await vault.retireKey({ keyId: oldId, context })).toMatchObject({ keyId: oldId });
  });

  it('destroys a pending pair that is damaged: it is worth nothing, and must not keep its key from being retired', async () => {
    const [account, other] = [accountOf('user-1'), accountOf('user-2')];
    const generate = (of: typeof account) => fixture.vault.generateKeyPair({ ...of, context: contextOf(of.userId) });
    await generate(account);
    await generate(other);
    await fixture.tamper(
      `update key_pairs set private_key = regexp_replace(private_key, '^(lk1\\.[0-9a-f]+\\.).{4}', '\\1AAAA') where credential_id = $1`,
      [credentialIdOf(account)],
    );
    const vault = await promoted();
    expect((await rotateAll(vault)).at(-1)).toMatchObject({ damaged: 1, remaining: 0, done: true });
    expect((await fixture.tamper('select credential_id from key_pairs')).map((row) => row['credential_id'])).toEqual([
      credentialIdOf(other),
    ]);
    const ended = (await fixture.events('key-pair-')).filter(({ type }) => type === 'KeyPairDestroyed');
    expect(ended.map(({ data }) => [data['userId'], data['reason']])).toEqual([[account.userId, 'damaged']]);
    const activate = { ...account, apiKey: apiKeyOf('G'), context: contextOf(account.userId) };
    await expect(vault.activateKeyPair(activate)).rejects.toThrow(code('vault.key_pair_not_found'));
    expect(await vault.retireKey({ keyId: oldId, context })).toMatchObject({ keyId: oldId });
  });
});
