import { specFor } from '@latchkey/testkit';
import { describe, it } from 'vitest';
import { freezeDecider } from './freeze.js';

const vault = specFor(freezeDecider);
const frozen = { type: 'VaultFrozen', v: 1, data: { reason: 'a laptop was stolen' } } as const;
const thawed = { type: 'VaultThawed', v: 1, data: { reason: 'its keys are replaced' } } as const;

const since = '2026-11-22T09:00:00.000Z';
const later = '2026-11-22T09:00:01.000Z';
const thaw = (frozenSince: string | undefined) => ({ type: 'ThawVault', data: { ...thawed.data, since, frozenSince } }) as const;

describe('the freeze', () => {
  it('is on the record, and so is its end', () => {
    vault.given().when({ type: 'FreezeVault', data: frozen.data }).then(frozen);
    vault.given(frozen).when(thaw(since)).then(thawed);
    vault.given(frozen, thawed).when({ type: 'FreezeVault', data: frozen.data }).then(frozen);
  });

  it('is not recorded twice', () => {
    vault
      .given(frozen)
      .when({ type: 'FreezeVault', data: { reason: 'another reason' } })
      .thenNothing();
    vault.given().when(thaw(undefined)).thenNothing();
    vault.given(frozen, thawed).when(thaw(undefined)).thenNothing();
  });

  it('is not ended by a thaw that meant an earlier one', () => {
    vault.given(frozen, thawed, frozen).when(thaw(later)).thenNothing();
  });
});
