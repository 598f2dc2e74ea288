import { messageOf } from '@latchkey/kernel';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { ed25519Pair, pemOf, rsaPair } from '../../testing/key-pairs.js';
import { checkKeyFormat, maskedKey } from './key-format.js';

const code = (value: string) => expect.objectContaining({ code: value });
const check = (exchange: 'binance' | 'bybit', apiKey: string, apiSecret: string) => () =>
  checkKeyFormat(exchange, Buffer.from(apiKey), Buffer.from(apiSecret));
const key = 'a1B2'.repeat(16);
const secret = 'Z9y8'.repeat(16);

describe('the format of a key pair', () => {
  it('takes what the exchanges give out', () => {
    expect(check('binance', key, secret)).not.toThrow();
    expect(check('bybit', 'abcdefghijklmnopqr', 'L64UuvW1OWr587tmAoHK3cRzK7BMsLDqPG5k')).not.toThrow();
  });

  it.each([key.slice(1), `${key}a`, ` ${key.slice(1)}`, `${key.slice(1)}\n`, `${key.slice(1)}-`, `${key.slice(2)}é`, ''])(
    'refuses the Binance key or secret "%s"',
    (wrong) => {
      expect(check('binance', wrong, secret)).toThrow(code('vault.api_key_format'));
      expect(check('binance', key, wrong)).toThrow(code('vault.api_secret_format'));
    },
  );

  it('refuses a key that was pasted into both fields', () => {
    expect(check('binance', key, key)).toThrow(code('vault.key_equals_secret'));
  });

  it('tells the type of the key, and gives out what is stored: the secret itself, or the private key without its armour', () => {
    const [ed25519, rsa] = [ed25519Pair(), rsaPair()];
    expect(check('binance', key, secret)()).toEqual({ keyType: 'hmac', secret: Buffer.from(secret) });
    for (const [keyType, pair] of [
      ['ed25519', ed25519],
      ['rsa', rsa],
    ] as const) {
      const stored = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
      expect(check('binance', key, pemOf(pair))()).toEqual({ keyType, secret: stored });
    }
    expect(check('bybit', 'abcdefghijklmnopqr', pemOf(rsa, 'pkcs1'))()).toMatchObject({ keyType: 'rsa' });
  });

  it('refuses a kind of key that the exchange does not know', () => {
    expect(check('bybit', 'abcdefghijklmnopqr', pemOf(ed25519Pair()))).toThrow(code('vault.key_type_not_at_exchange'));
  });

  it('refuses a private key in the wrong field, and one that is damaged, each with its own code', () => {
    const pem = pemOf(ed25519Pair());
    expect(check('binance', pem, secret)).toThrow(code('vault.api_key_format'));
    expect(check('binance', key, pem.slice(0, -4))).toThrow(code('vault.private_key_malformed'));
    expect(check('binance', key, pem.slice(5))).toThrow(code('vault.api_secret_format'));
  });

  it('never quotes what it refuses', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string({ minLength: 8 }), (apiKey, apiSecret) => {
        try {
          check('binance', apiKey, apiSecret)();
        } catch (error) {
          const told = `${messageOf(error)}${JSON.stringify((error as { details: unknown }).details)}`;
          expect(told.includes(apiKey) || told.includes(apiSecret)).toBe(false);
        }
      }),
    );
  });
});

describe('a masked key', () => {
  it('shows four characters of each end', () => {
    expect(maskedKey('9dUVCpuUQJnx6sVKMh')).toBe('9dUV...VKMh');
  });
});
