import type { SignItem } from '@latchkey/contracts';
import { systemClock } from '@latchkey/kernel';
import { RpcError, type RpcClient } from '@latchkey/messaging';
import { describe, expect, it } from 'vitest';
import { createVaultClient } from './vault-client.js';
import type { VaultSessions } from './vault-sessions.js';

const item = { purpose: 'open' } as SignItem;
const rpc: Pick<RpcClient, 'call'> = { call: () => Promise.reject(new RpcError('rpc.unavailable', 'not asked here')) };
const signedBy = (ask: () => Promise<unknown>) =>
  createVaultClient({ rpc, sessions: { ask } as VaultSessions, clock: systemClock }).sign(item);
const refusedAsAWhole = (code: string) => signedBy(() => Promise.reject(new RpcError(code, 'no', {}, { refused: true })));
const refusedItem = (code: string) => signedBy(async () => ({ items: [{ ok: false, code, message: 'no' }] }));

describe('a vault that does not work', () => {
  it.each([
    'internal',
    'rpc.unavailable',
    'rpc.timeout',
    'rpc.overloaded',
    'event_store.database_unavailable',
    'event_store.transaction_conflict',
    'event_store.timeout',
    'kernel.deadline_exceeded',
    // What a session did not carry may be anybody's: a broker that says so must not end an order.
    'vault.credential_deleted',
    'vault.attempt_already_signed',
    'vault.session_unknown',
  ])('says nothing about the string: %s', async (code) => {
    expect(await refusedAsAWhole(code)).toMatchObject({ outcome: 'away', code });
  });

  it('is away when it answers fewer items than it was asked, or fails without a code', async () => {
    expect(await signedBy(async () => ({ items: [] }))).toMatchObject({ outcome: 'away' });
    expect(await signedBy(() => Promise.reject(new TypeError('x')))).toMatchObject({ outcome: 'away' });
  });
});

describe('a refusal of one string', () => {
  it.each([
    ['vault.credential_not_found', 'refused'],
    ['vault.credential_disabled', 'refused'],
    ['vault.too_many_attempts', 'refused'],
    ['vault.timestamp_out_of_window', 'again'],
    ['vault.rate_limited', 'again'],
    ['vault.frozen', 'again'],
    ['vault.trading_halted', 'again'],
    ['vault.symbol_not_allowed', 'again'],
    ['vault.conflict', 'again'],
    ['vault.attempt_already_signed', 'signed_before'],
    ['event_store.timeout', 'away'],
  ] as const)('%s: %s', async (code, outcome) => {
    expect(await refusedItem(code)).toMatchObject({ outcome, code });
  });
});
