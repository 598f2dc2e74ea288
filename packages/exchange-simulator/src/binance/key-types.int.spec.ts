import { Spot } from '@binance/spot';
import { MainClient, USDMClient } from 'binance';
import ccxt, { type binance } from 'ccxt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fields } from '../testing/control-client.js';
import { ed25519Pair, rsaPair, signatureWith, type KeyPair } from '../testing/key-pairs.js';
import { redirectClient } from '../testing/redirect-client.js';
import { stage } from '../testing/stage.js';

const apiKey = 'p'.repeat(64);
let venue: Awaited<ReturnType<typeof stage>>;
const clients: binance[] = [];
beforeAll(async () => {
  venue = await stage();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await venue.stop();
});

/** ccxt takes a private key for Ed25519 up to 120 characters: without the last line break it has 118. */
const secretOf = ({ privateKey }: KeyPair): string => privateKey.trim();

describe.each([
  ['Ed25519', ed25519Pair()],
  ['RSA of 2048 bits', rsaPair()],
  ['RSA of 4096 bits', rsaPair(4_096)],
])('an account with an %s key', (_type, pair) => {
  beforeEach(async () => {
    await venue.control.reset();
    const opened = await venue.control.openAccount({ apiKey, publicKey: pair.publicKey, balances: { USDT: '100000', BTC: '1' } });
    expect(opened).toMatchObject({ status: 201, body: { account: { apiKey } } });
    expect(JSON.stringify(opened.body)).not.toContain('KEY-----');
  });

  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: 0.01 } as const;

  it('trades by ccxt, on spot and on futures', async () => {
    const bare = new ccxt.binance({ apiKey, secret: secretOf(pair), enableRateLimit: false });
    const client = await redirectClient(bare, venue.urls.binance);
    clients.push(client);
    for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) {
      const placed = await client.createOrder(symbol, 'market', 'buy', 0.01, undefined, { clientOrderId: 'own-1' });
      expect(await client.fetchOrder(placed.id ?? '', symbol)).toMatchObject({ status: 'closed', filled: 0.01 });
    }
    expect(await client.sapiGetAccountApiRestrictions()).toMatchObject({ enableReading: true });
  });

  it('trades by the SDK "binance", on spot and on futures', async () => {
    const options = { api_key: apiKey, api_secret: secretOf(pair), baseUrl: venue.urls.binance, disableTimeSync: true };
    expect(await new MainClient(options).submitNewOrder({ ...order })).toMatchObject({ status: 'FILLED' });
    expect(await new USDMClient(options).submitNewOrder({ ...order, newOrderRespType: 'RESULT' })).toMatchObject({
      status: 'FILLED',
    });
  });

  it('trades by the SDK "@binance/spot"', async () => {
    const configurationRestAPI = { apiKey, privateKey: pair.privateKey, basePath: venue.urls.binance, retries: 0 };
    const api = new Spot({ configurationRestAPI }).restAPI;
    expect(await (await api.getAccount()).data()).toMatchObject({ canTrade: true });
  });

  const asked = async (signature: (payload: string) => string): Promise<Fields> => {
    const payload = `timestamp=${venue.clock.now()}`;
    const url = `${venue.urls.binance}/api/v3/account?${payload}&signature=${signature(payload)}`;
    return (await (await fetch(url, { headers: { 'x-mbx-apikey': apiKey } })).json()) as Fields;
  };

  it('is refused another signature, another case, base64 of other characters, and hex', async () => {
    const signed = (payload: string) => signatureWith(pair, payload);
    const swapped = (text: string) => text.replace(/[a-zA-Z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 32));
    expect(await asked((payload) => encodeURIComponent(signed(payload)))).toMatchObject({ canTrade: true });
    for (const wrong of [
      (payload: string) => encodeURIComponent(signed(`${payload}0`)),
      (payload: string) => encodeURIComponent(swapped(signed(payload))),
      (payload: string) => Buffer.from(signed(payload), 'base64').toString('hex'),
      (payload: string) => Buffer.from(signed(payload), 'base64').toString('base64url'),
    ]) {
      expect(await asked(wrong)).toMatchObject({ code: -1022 });
    }
  });

  it('needs its signature percent-encoded: a bare plus is a space', async () => {
    const answers = [];
    for (let i = 0; i < 8; i += 1) {
      let plus = false;
      const answer = await asked((payload) => {
        const signature = signatureWith(pair, payload);
        plus = signature.includes('+');
        return signature;
      });
      answers.push([plus, answer['code'] === -1022]);
    }
    for (const [plus, refused] of answers) expect(refused).toBe(plus);
  });
});

describe('POST /accounts', () => {
  it('takes either a secret or a public key, and of Binance and Bybit what each takes', async () => {
    const open = (about: object) => venue.control.openAccount({ apiKey: 'other', ...about });
    const { publicKey } = ed25519Pair();
    expect((await open({ publicKey, apiSecret: 's' })).status).toBe(400);
    expect((await open({})).status).toBe(400);
    expect((await open({ publicKey: 'no key' })).status).toBe(400);
    expect(await open({ exchange: 'bybit', publicKey })).toMatchObject({
      status: 422,
      body: { error: { code: 'not_supported' } },
    });
    expect(await open({ publicKey })).toMatchObject({ status: 201, body: { account: { keyType: 'ed25519' } } });
  });
});
