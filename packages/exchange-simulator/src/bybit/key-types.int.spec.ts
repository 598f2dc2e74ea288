import { RestClientV5 } from 'bybit-api';
import ccxt, { type bybit } from 'ccxt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../start-simulator.js';
import { controlClient, type Fields } from '../testing/control-client.js';
import { rsaPair, signatureWith } from '../testing/key-pairs.js';

const apiKey = 'rsaRSArsaRSArsaRSA';
let simulator: Simulator;
const clients: bybit[] = [];
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await simulator.stop();
});

describe.each([
  ['2048', rsaPair()],
  ['4096', rsaPair(4_096)],
])('an account with an RSA key of %s bits', (_bits, pair) => {
  beforeEach(async () => {
    const control = controlClient(simulator.urls.control);
    await control.reset();
    const account = { exchange: 'bybit', apiKey, publicKey: pair.publicKey, balances: { USDT: '100000', BTC: '1' } };
    expect(await control.openAccount(account)).toMatchObject({ status: 201, body: { account: { keyType: 'rsa' } } });
  });

  it('trades by ccxt, on spot and linear', async () => {
    const client = new ccxt.bybit({ apiKey, secret: pair.privateKey, enableRateLimit: false });
    const local = simulator.urls.bybit;
    client.urls['api'] = { spot: local, futures: local, v2: local, public: local, private: local };
    clients.push(client);
    for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) {
      const placed = await client.createOrder(symbol, 'market', 'buy', 0.01, 60_000);
      expect(await client.fetchOrder(placed.id ?? '', symbol, { acknowledged: true })).toMatchObject({
        status: 'closed',
        filled: 0.01,
      });
    }
  });

  it('trades by the SDK "bybit-api"', async () => {
    const client = new RestClientV5({ key: apiKey, secret: pair.privateKey, baseUrl: simulator.urls.bybit });
    const buy = { symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', qty: '0.01' } as const;
    expect(await client.submitOrder({ category: 'linear', ...buy })).toMatchObject({ retCode: 0 });
    expect(await client.submitOrder({ category: 'spot', marketUnit: 'baseCoin', ...buy })).toMatchObject({ retCode: 0 });
    expect(await client.getQueryApiKey()).toMatchObject({ retCode: 0, result: { apiKey } });
  });

  it('is refused another signature, another case, and hex', async () => {
    const asked = async (spell: (signature: string) => string): Promise<Fields> => {
      const timestamp = String(simulator.clock.now());
      const headers = {
        'x-bapi-api-key': apiKey,
        'x-bapi-timestamp': timestamp,
        'x-bapi-recv-window': '5000',
        'x-bapi-sign': spell(signatureWith(pair, `${timestamp}${apiKey}5000`)),
      };
      return (await (await fetch(`${simulator.urls.bybit}/v5/user/query-api`, { headers })).json()) as Fields;
    };
    const swapped = (text: string) => text.replace(/[a-zA-Z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 32));
    expect(await asked((signature) => signature)).toMatchObject({ retCode: 0 });
    for (const wrong of [
      swapped,
      (signature: string) => encodeURIComponent(signature),
      (signature: string) => Buffer.from(signature, 'base64').toString('hex'),
    ]) {
      expect(await asked(wrong)).toMatchObject({ retCode: 10004 });
    }
  });
});
