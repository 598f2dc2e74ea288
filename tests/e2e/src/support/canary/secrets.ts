import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Canary } from './scanner.js';

const alphanumeric = (length: number): string =>
  randomBytes(2 * length)
    .toString('base64')
    .replaceAll(/[+/=]/g, '')
    .slice(0, length);

export const lengths = { binance: { apiKey: 64, apiSecret: 64 }, bybit: { apiKey: 18, apiSecret: 36 } } as const;
export type ExchangeName = keyof typeof lengths;
export type Pair = { readonly exchange: ExchangeName; readonly apiKey: string; readonly apiSecret: string };

/** Hands out secrets and remembers each of them. */
export const createSecrets = () => {
  const secrets: Canary[] = [];
  const keys: Canary[] = [];
  const remember = (kind: string, text: string, searched = text): string => {
    secrets.push({ name: `secret ${secrets.length + 1} (${kind})`, text: searched });
    return text;
  };
  const key = (exchange: ExchangeName): string => {
    const text = alphanumeric(lengths[exchange].apiKey);
    keys.push({ name: `API key ${keys.length + 1}`, text });
    return text;
  };
  return {
    /** Secrets that were handed out: nowhere but in the vault. */
    secrets: (): readonly Canary[] => secrets,
    /** API keys: of them masks and fingerprints stand outside the vault. */
    keys: (): readonly Canary[] => keys,
    key,
    secret: (kind: string, length = 64): string => remember(kind, alphanumeric(length)),
    pair: (kind: string, exchange: ExchangeName): Pair => ({
      exchange,
      apiKey: key(exchange),
      apiSecret: remember(`${kind}, ${exchange}`, alphanumeric(lengths[exchange].apiSecret)),
    }),
    /** A pass phrase with everything in it that some encoding writes otherwise. */
    phrase: (kind: string): string => remember(kind, `"${alphanumeric(16)}\\<&+/=%é漢${alphanumeric(16)}'`),
    /** An Ed25519 key as exchanges hand it out: searched for from behind what all such keys begin with. */
    pem: (kind: string): string => {
      const text = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
      return remember(kind, text, text.split('\n')[1]?.slice(22, 64));
    },
    /** Like an RSA key: many lines, of which one is searched for. */
    longPem: (kind: string): string => {
      const lines = Array.from({ length: 12 }, () => alphanumeric(64));
      return remember(kind, `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`, lines[7]);
    },
  };
};
export type Secrets = ReturnType<typeof createSecrets>;
