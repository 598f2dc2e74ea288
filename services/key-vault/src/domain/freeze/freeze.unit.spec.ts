import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import { freezeDecider } from './freeze.js';

const vault = specFor(freezeDecider);
const frozen = { type: 'VaultFrozen', v: 1, data: { reason: 'a laptop was stolen' } } as const;
const thawed = { type: 'VaultThawed', v: 1, data: { reason: 'its keys are replaced' } } as const;

describe('the freeze', () => {
  it('is on the record, and so is its end', () => {
    vault.given().when({ type: 'FreezeVault', data: frozen.data }).then(frozen);
    vault.given(frozen).when({ type: 'ThawVault', data: thawed.data }).then(thawed);
    vault.given(frozen, thawed).when({ type: 'FreezeVault', data: frozen.data }).then(frozen);
  });

  it('is not recorded twice', () => {
    vault
      .given(frozen)
      .when({ type: 'FreezeVault', data: { reason: 'another reason' } })
      .thenNothing();
    vault.given().when({ type: 'ThawVault', data: thawed.data }).thenNothing();
    vault.given(frozen, thawed).when({ type: 'ThawVault', data: thawed.data }).thenNothing();
  });
});
