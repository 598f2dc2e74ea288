import type { RpcClient } from '@latchkey/messaging';
import { newId } from '@latchkey/kernel';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readiness, serviceFixture, type RunningService, type ServiceFixture } from './testing/service-fixture.js';
import { accountOf, contextOf } from './testing/vault-fixture.js';

const account = accountOf('user-1');
const context = contextOf(account.userId);
const operatorContext = { actor: 'operator:ops', correlationId: newId() };
const unknown = { code: 'vault.log_not_compared' };

let fixture: ServiceFixture;
let vault: RunningService;
let [gateway, operator]: readonly RpcClient[] = [];

beforeAll(async () => {
  fixture = await serviceFixture();
  vault = fixture.run(fixture.environment());
  await vault.started;
  [gateway, operator] = [await fixture.clientOf('gateway'), await fixture.clientOf('operator')];
});
afterAll(async () => {
  await vault.stop();
  await fixture.close();
});

describe('a vault whose stream nobody could look at yet', () => {
  it('decides nothing, deletes all the same, and says that it is degraded', async () => {
    await expect(gateway!.call('cmd.key-vault.generate-key-pair', { ...account, context })).rejects.toMatchObject(unknown);
    const freeze = { reason: 'a laptop was stolen', context: operatorContext };
    await expect(operator!.call('cmd.key-vault.freeze', freeze)).rejects.toMatchObject(unknown);
    await expect(operator!.call('qry.key-vault.freeze', {})).rejects.toMatchObject(unknown);
    await expect(gateway!.call('cmd.key-vault.delete-credential', { ...account, context })).rejects.toMatchObject({
      code: 'vault.credential_not_found',
    });
    expect(await gateway!.call('qry.key-vault.sealing-key', {})).toHaveProperty('jwk');
    expect((await readiness(vault.listening[0]!.healthPort)).body).toMatchObject({ parts: { events: 'away' } });
  });

  it('does all of it once the stream is there', async () => {
    await fixture.provision();
    await eventually(async () => expect(await operator!.call('qry.key-vault.freeze', {})).toEqual({ frozen: false }));
    expect(await gateway!.call('cmd.key-vault.generate-key-pair', { ...account, context })).toHaveProperty('publicKey');
  });
});
