import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sealingKeyMessage } from '@latchkey/contracts';
import {
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  openSecret,
  publicMessageJwk,
  signMessage,
  type MessageKey,
} from '@latchkey/sealing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addKey } from './add-key.js';

const newSealingKey = (kid: string) => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = pair.publicKey.export({ format: 'jwk' }) as { x?: string; y?: string };
  return { jwk: { kty: 'EC', crv: 'P-256', kid, use: 'enc', x, y } as const, privateKey: pair.privateKey };
};
const toCryptoKey = (key: KeyObject) => key.toCryptoKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']);

const real = newSealingKey('real');
const swapped = newSealingKey('real');
const apiKey = '9dUVCpuUQJnx6sVKMh';
const plain = 'L64UuvW1OWr587tmAoHK3cRzK7BMsLDqPG5k';

let vault: MessageKey;
let stranger: MessageKey;
let server: Server;
let gateway: string;
/** What the gateway answers for the sealing key, and what was posted to it. */
let answer: unknown;
let posted: { path: string; body: Record<string, string>; authorization: string }[] = [];

beforeAll(async () => {
  vault = await loadMessageKey('key-vault', await generateMessageKeyJwk());
  stranger = await loadMessageKey('key-vault', await generateMessageKeyJwk());
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') return response.end(JSON.stringify(answer));
      posted.push({
        path: request.url ?? '',
        body: JSON.parse(text) as Record<string, string>,
        authorization: request.headers.authorization ?? '',
      });
      return response.end(JSON.stringify({ success: true, masked_key: '9dUV...VKMh' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  posted = [];
});

const signedBy = (by: MessageKey, payload: unknown) => signMessage({ key: by, ...sealingKeyMessage, payload });
const add = async (secret = Buffer.from(plain)) =>
  addKey(
    { userId: 'alice', exchange: 'bybit', environment: 'live', apiKey, secret },
    {
      gateway,
      token: 'a-token',
      trusted: createTrustedKeys({ 'key-vault': [publicMessageJwk(vault.publicJwk)] }),
    },
  );

describe('a key that is added at the command line', () => {
  it('goes out sealed to the vault, for this user, exchange and environment, and is overwritten here', async () => {
    answer = { jwk: real.jwk, signed: await signedBy(vault, real.jwk) };
    const secret = Buffer.from(plain);
    expect(await add(secret)).toBe('9dUV...VKMh');
    expect(secret.every((byte) => byte === 0)).toBe(true);
    expect(posted).toEqual([
      {
        path: '/api/user-api-keys/bybit',
        authorization: 'Bearer a-token',
        body: { apiKey, environment: 'live', sealedSecret: expect.any(String) },
      },
    ]);
    expect(JSON.stringify(posted)).not.toContain(plain);
    const opened = await openSecret(posted[0]!.body['sealedSecret']!, {
      privateKeyOf: async (kid) => (kid === 'real' ? toCryptoKey(real.privateKey) : undefined),
      maxAgeMs: 60_000,
    });
    expect(Buffer.from(opened.secret).toString()).toBe(plain);
    expect(opened.header).toMatchObject({ sub: 'alice', exchange: 'bybit', environment: 'live', apiKey });
  });

  it.each([
    ['is signed by a key that is not pinned', async () => ({ jwk: real.jwk, signed: await signedBy(stranger, real.jwk) })],
    ['is another than the vault signed', async () => ({ jwk: swapped.jwk, signed: await signedBy(vault, real.jwk) })],
    ['is not signed', async () => ({ jwk: real.jwk, signed: 'e30.e30.e30' })],
  ])('never leaves when the sealing key %s', async (_what, wrong) => {
    answer = await wrong();
    const secret = Buffer.from(plain);
    await expect(add(secret)).rejects.toMatchObject({ code: 'sealing.key_untrusted' });
    expect(posted).toEqual([]);
    expect(secret.every((byte) => byte === 0)).toBe(true);
  });

  it('never leaves when whoever answers is no gateway', async () => {
    answer = { hello: 'world' };
    const secret = Buffer.from(plain);
    await expect(add(secret)).rejects.toMatchObject({ code: 'cli.request_refused' });
    expect(posted).toEqual([]);
    expect(secret.every((byte) => byte === 0)).toBe(true);
  });
});
