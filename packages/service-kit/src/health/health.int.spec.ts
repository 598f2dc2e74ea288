import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger/create-logger.js';
import { createHealth } from './health.js';
import { startHealthServer, type HealthServer } from './health-server.js';

const log = createLogger({ service: 'vault', level: 'silent' });
const fine = () => Promise.resolve();
const broken = () => Promise.reject(new TypeError('away'));
const never = () => new Promise<void>(() => undefined);

let server: HealthServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const start = async (of: Parameters<typeof createHealth>[0], port = 0): Promise<HealthServer> =>
  (server = await startHealthServer({ port, health: createHealth(of), log }));
const get = async (path: string, init?: RequestInit) => {
  const response = await fetch(`http://127.0.0.1:${server?.port}${path}`, init);
  return { status: response.status, body: await response.json() };
};

describe('readiness', () => {
  it.each([
    [
      'everything works',
      { required: { postgres: fine }, optional: { nats: fine } },
      200,
      { status: 'ok', parts: { postgres: 'ok', nats: 'ok' } },
    ],
    [
      'an optional part is away',
      { required: { postgres: fine }, optional: { nats: broken } },
      200,
      { status: 'degraded', parts: { postgres: 'ok', nats: 'away' } },
    ],
    [
      'a required part is away',
      { required: { postgres: broken }, optional: { nats: fine } },
      503,
      { status: 'degraded', parts: { postgres: 'away', nats: 'ok' } },
    ],
    [
      'a part does not answer',
      { required: { postgres: fine }, optional: { nats: never } },
      200,
      { status: 'degraded', parts: { postgres: 'ok', nats: 'away' } },
    ],
  ])('tells the truth when %s', async (_what, of, status, body) => {
    await start(of);
    expect(await get('/health/ready')).toEqual({ status, body });
    expect(await get('/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  it('looks once for all who ask at the same time, and anew afterwards', async () => {
    let looks = 0;
    const health = createHealth({ required: { postgres: async () => void (looks += 1) } });
    await Promise.all([health.ready(), health.ready(), health.ready()]);
    expect(looks).toBe(1);
    await health.ready();
    expect(looks).toBe(2);
  });
});

describe('the health server', () => {
  it('answers nothing else', async () => {
    await start({ required: {} });
    expect((await get('/')).status).toBe(404);
    expect((await get('/health/ready?x=1')).status).toBe(200);
    expect((await get('/health/ready', { method: 'POST' })).status).toBe(405);
  });

  it('says which port is in use and what to do', async () => {
    const squatter: Server = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as { port: number };
    await expect(start({ required: {} }, port)).rejects.toMatchObject({
      code: 'service.port_in_use',
      message: `port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another port`,
    });
    await new Promise((resolve) => squatter.close(resolve));
  });

  it('closes although a probe keeps its connection', async () => {
    const { close, port } = await start({ required: {} });
    await get('/health/live', { headers: { connection: 'keep-alive' } });
    await close();
    server = undefined;
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });
});
