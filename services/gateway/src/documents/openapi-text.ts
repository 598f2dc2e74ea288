import { systemClock } from '@latchkey/kernel';
import type { Pool } from 'pg';
import { createServer } from '../adapters/http/create-server.js';
import { openApiDocument } from '../adapters/http/openapi.js';
import { refusal } from '../app/errors.js';
import { gatewayModule } from '../gateway.module.js';

const nobody = () => Promise.reject(refusal('storage.unavailable'));
const silent = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/** docs/openapi.json, from the routes themselves: nothing is connected, and no request is ever served. */
export const openApiText = async (): Promise<string> => {
  const module = gatewayModule({
    pool: { query: nobody, connect: nobody } as unknown as Pool,
    rpc: { call: nobody },
    sealer: { sealingKey: nobody, seal: nobody, forgetKey: () => undefined },
    vouched: { check: nobody },
    relay: { wake: () => undefined, replay: nobody },
    health: { ready: nobody },
    limiter: { consume: nobody },
    verifyToken: nobody,
    clock: systemClock,
    publicUrl: 'http://localhost',
    settings: { egressAddresses: [] },
  });
  const app = await createServer(module, { trustedProxies: [], requireHttps: false, log: silent });
  await app.init();
  const text = `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
  await app.close();
  return text;
};
