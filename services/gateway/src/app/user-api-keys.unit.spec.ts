import { RpcError } from '@latchkey/messaging';
import { describe, expect, it } from 'vitest';
import type { UserRequest } from './command-context.js';
import { createUserApiKeys } from './user-api-keys.js';

const apiKey = 'a1B2'.repeat(16);
const header = { sub: 'alice', exchange: 'binance', environment: 'live', apiKey };
const sealed = `${Buffer.from(JSON.stringify({ alg: 'ECDH-ES', ...header })).toString('base64url')}.a.b.c.d`;

/** Whether a save that the vault refuses with that code lets go of the sealing key that it was sealed to. */
const forgetsAfter = async (code: string): Promise<boolean> => {
  let forgotten = false;
  const keys = createUserApiKeys({
    rpc: { call: () => Promise.reject(new RpcError(code, 'no', {}, { refused: true })) },
    sealer: {
      sealingKey: () => Promise.reject(new RpcError('rpc.unavailable', 'not asked')),
      seal: async () => sealed,
      forgetKey: () => {
        forgotten = true;
      },
    },
    origins: { record: async () => ({ id: '0199d3a0-7c00-7000-8000-000000001013', commitment: 'ab'.repeat(32) }) },
  });
  const request = { caller: { userId: 'alice', roles: [] }, address: '127.0.0.1' } as unknown as UserRequest;
  const apiSecret = Buffer.from('9z8Y'.repeat(16));
  await expect(keys.save(request, { exchange: 'binance', environment: 'live', apiKey, apiSecret })).rejects.toMatchObject({
    code,
  });
  return forgotten;
};

describe('the sealing key at hand', () => {
  it('is let go of once the vault did not open what was sealed to it, so that the next try gets the one of now', async () => {
    expect(await forgetsAfter('vault.sealed_secret_invalid')).toBe(true);
  });

  it.each(['vault.api_key_format', 'vault.sealed_secret_replayed', 'rpc.timeout'])('is kept after %s', async (code) => {
    expect(await forgetsAfter(code)).toBe(false);
  });
});
