import { messageOf } from '@latchkey/kernel';
import { get } from 'node:http';
import { BrokerError } from '../broker/broker-error.js';

type Varz = { readonly jetstream?: { readonly config?: { readonly sync_always?: boolean; readonly sync_interval?: number } } };

const timeoutMs = 3_000;

// Plain node:http: `fetch` may be told to use a proxy, which cannot see our loopback.
const read = (url: URL): Promise<Varz> =>
  new Promise((resolve, reject) => {
    const request = get(url, { timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        try {
          resolve(JSON.parse(text) as Varz);
        } catch (cause) {
          reject(new BrokerError('broker.config_invalid', 'the answer is not JSON', {}, { cause }));
        }
      });
    });
    request.on('timeout', () => request.destroy(new BrokerError('broker.config_invalid', `no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
  });

/**
 * Does the server write each message to disk before it acknowledges? Only its monitoring port tells.
 *
 * @param monitorUrl e.g. `http://127.0.0.1:8222`
 * @throws {BrokerError} `broker.settings_differ`, `broker.config_invalid` (nothing answers there)
 */
export const checkServerSettings = async (monitorUrl: string): Promise<void> => {
  let varz: Varz;
  try {
    varz = await read(new URL('/varz', monitorUrl));
  } catch (cause) {
    const why = `the NATS monitoring at ${monitorUrl} does not answer (${messageOf(cause)}); correct the address or leave it out`;
    throw new BrokerError('broker.config_invalid', why, { monitorUrl }, { cause });
  }
  const found = varz.jetstream?.config?.sync_always ?? false;
  if (!found) {
    const message =
      'the NATS server does not sync each message to disk: set sync_interval: always in its jetstream block (infra/nats/nats-server.conf)';
    throw new BrokerError('broker.settings_differ', message, {
      setting: 'sync_interval',
      expected: 'always',
      found: varz.jetstream?.config?.sync_interval ?? null,
    });
  }
};
