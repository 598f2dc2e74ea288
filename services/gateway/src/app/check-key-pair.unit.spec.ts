import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sealSecret } from '@latchkey/sealing';
import { exportJWK, generateKeyPair } from 'jose';
import { checkKeyPair } from './check-key-pair.js';
import type { UserRequest } from './command-context.js';
import { createUserApiKeys } from './user-api-keys.js';

const letters = (length: number): string => randomBytes(length).toString('hex').slice(0, length);
const pem = `-----BEGIN PRIVATE KEY-----\n${letters(64)}\n-----END PRIVATE KEY-----`;

describe('a key pair in which a secret stands where the API key belongs', () => {
  it.each([
    ['a PEM file', 'binance', pem, letters(64), 'vault.api_key_format'],
    ['a PEM file at Bybit', 'bybit', pem, letters(36), 'vault.api_key_format'],
    ['63 characters', 'binance', letters(63), letters(64), 'vault.api_key_format'],
    ['65 characters', 'binance', letters(65), letters(64), 'vault.api_key_format'],
    ['a line break', 'binance', `${letters(63)}\n`, letters(64), 'vault.api_key_format'],
    ['a letter that is none of ours', 'binance', `${letters(63)}é`, letters(64), 'vault.api_key_format'],
    ['too much for Bybit', 'bybit', letters(65), letters(36), 'vault.api_key_format'],
    ['both halves of Bybit swapped', 'bybit', letters(36), letters(18), 'key.swapped'],
  ] as const)('is refused: %s', (_what, exchange, apiKey, apiSecret, code) => {
    expect(() => checkKeyPair({ exchange, apiKey, apiSecret: Buffer.from(apiSecret) })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it.each([
    ['binance', 64],
    ['bybit', 36],
  ] as const)('is refused: twice the same text at %s', (exchange, length) => {
    const text = letters(length);
    const pair = { exchange, apiKey: text, apiSecret: Buffer.from(text) };
    expect(() => checkKeyPair(pair)).toThrow(expect.objectContaining({ code: 'vault.key_equals_secret' }));
  });

  it('is refused when it is sealed, by the length of what is sealed', async () => {
    const { publicKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
    const recipient = { ...(await exportJWK(publicKey)), kid: 'vault-1', use: 'enc' };
    const sealed = (apiKey: string, secret: string) =>
      sealSecret({
        recipient,
        header: { sub: 'alice', exchange: 'bybit', environment: 'live', apiKey },
        secret: Buffer.from(secret),
      });
    const [short, long] = [letters(18), letters(36)];
    const swapped = { exchange: 'bybit', apiKey: long, sealedSecret: await sealed(long, short) } as const;
    expect(() => checkKeyPair(swapped)).toThrow(expect.objectContaining({ code: 'key.swapped' }));
    const right = { exchange: 'bybit', apiKey: short, sealedSecret: await sealed(short, long) } as const;
    expect(() => checkKeyPair(right)).not.toThrow();
  });

  it('is refused before anything leaves, and the secret is wiped', async () => {
    const left: unknown[] = [];
    const leaves = async (...what: readonly unknown[]): Promise<never> => left.push(what) as never;
    const keys = createUserApiKeys({
      rpc: { call: leaves },
      sealer: { seal: leaves, sealingKey: leaves },
      origins: { record: leaves },
    });
    const apiSecret = Buffer.from(letters(64));
    const key = { exchange: 'binance', environment: 'live', apiKey: pem, apiSecret } as const;
    await expect(keys.save({} as UserRequest, key)).rejects.toMatchObject({ code: 'vault.api_key_format' });
    expect(left).toEqual([]);
    expect(apiSecret.every((byte) => byte === 0)).toBe(true);
  });
});

describe('a pair of the right form', () => {
  it.each([
    ['binance', 64, 64],
    ['binance', 64, 120], // a PEM secret: whether it is taken, the vault says
    ['bybit', 18, 36],
    ['bybit', 36, 36],
    ['bybit', 16, 16],
  ] as const)('passes: %s, %i and %i', (exchange, key, secret) => {
    expect(() => checkKeyPair({ exchange, apiKey: letters(key), apiSecret: Buffer.from(letters(secret)) })).not.toThrow();
  });
});
