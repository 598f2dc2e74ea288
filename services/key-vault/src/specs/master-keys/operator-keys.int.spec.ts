import { writeFileSync } from 'node:fs';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyIdOf } from '../../domain/encryption/keyring.js';
import { serviceFixture, type ServiceFixture } from '../../testing/service-fixture.js';
import { contextOf } from '../../testing/vault-fixture.js';

const key = '00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210';
const other = 'f0e1d2c3b4a5968778695a4b3c2d1e0f0123456789abcdeffedcba9876543210';
const [oldId, newId] = ['0ddfbca2b70cb0aa', keyIdOf(Buffer.from(other, 'hex'))];
const context = { ...contextOf('x'), actor: 'operator:ada' };

let fixture: ServiceFixture;
const published: string[] = [];
beforeAll(async () => {
  fixture = await serviceFixture();
  await fixture.provision();
  await fixture.observe('evt.key-vault.encryption_key.>', (subject) => published.push(subject.split('.').at(-1) ?? ''));
});
afterAll(() => fixture.close());

describe('the operator of the running service', () => {
  it('has another key taken in, everything re-wrapped, and the former one retired, without a restart', async () => {
    const file = fixture.keyringFile(`current ${key}`);
    const vault = fixture.run(fixture.environment({ ENCRYPTION_KEY: undefined, ENCRYPTION_KEYRING_FILE: file }));
    await vault.started;
    expect(vault.complaints).toEqual([]);
    const operator = await fixture.clientOf('operator');
    const status = () => operator.call('qry.key-vault.keys', { context });
    const held = async () => (await status()).answer.keys.filter(({ role }) => role !== 'absent').map(({ keyId }) => keyId);
    const readAgain = async (text: string, expected: readonly string[]) => {
      writeFileSync(file, text);
      process.emit('SIGHUP');
      await eventually(async () => expect(await held()).toEqual(expected));
    };
    try {
      // Without a key that is in use: nothing changes, and the next reading comes after it.
      writeFileSync(file, `current ${other}`);
      process.emit('SIGHUP');
      await readAgain(`current ${key}\nreading ${other}`, [oldId, newId]);
      await readAgain(`current ${other}\nreading ${key}`, [newId, oldId]);
      const progress = await operator.call('cmd.key-vault.rotate-keys', { context });
      expect(progress.answer).toMatchObject({ keyId: newId, remaining: 0, done: true });
      await expect(operator.call('cmd.key-vault.retire-key', { keyId: newId, context })).rejects.toMatchObject({
        code: 'vault.encryption_key_in_use',
      });
      expect(await operator.call('cmd.key-vault.retire-key', { keyId: oldId, context })).toMatchObject({
        answer: { held: true },
      });
      await readAgain(`current ${other}`, [newId]);
      const { keys } = (await status()).answer;
      expect(keys.find(({ keyId }) => keyId === oldId)).toMatchObject({ sentinel: false, retiredAt: expect.any(String) });
      await eventually(() => expect(published).toEqual(['rotation_started', 'rotation_completed', 'retired']));
    } finally {
      await vault.stop();
    }
    const back = fixture.run(fixture.environment({ ENCRYPTION_KEY_PREVIOUS: other }));
    await back.started;
    expect([back.exits, back.listening]).toEqual([[1], []]);
    expect(back.complaints).toEqual([expect.stringContaining(`${oldId} was retired`)]);
  });

  it('is the only one who may ask for that', async () => {
    const executor = await fixture.clientOf('trade-executor');
    for (const call of [
      () => executor.call('cmd.key-vault.rotate-keys', { context }, { deadlineMs: 1_000 }),
      () => executor.call('cmd.key-vault.retire-key', { keyId: oldId, context }, { deadlineMs: 1_000 }),
      () => executor.call('qry.key-vault.keys', { context }, { deadlineMs: 1_000 }),
    ])
      await expect(call()).rejects.toThrow();
  });
});
