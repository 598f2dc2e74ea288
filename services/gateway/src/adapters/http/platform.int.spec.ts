import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayFixture, type GatewayFixture } from '../../testing/gateway-fixture.js';

const alice = { user: 'alice' };

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await gatewayFixture();
});
afterAll(() => gateway.close());

describe('the platform', () => {
  it('shows its health, its keys and its addresses', async () => {
    expect((await gateway.request('GET', '/health/live')).json.status).toBe('ok');
    expect((await gateway.request('GET', '/health/ready')).json).toEqual({ status: 'ok', parts: { postgres: 'ok' } });
    expect((await gateway.request('GET', '/.well-known/jwks.json')).json.keys).toHaveLength(1);
    expect((await gateway.request('GET', '/api/egress-addresses', alice)).json).toEqual({
      success: true,
      addresses: ['192.0.2.10'],
    });
  });

  it('documents itself', async () => {
    expect((await gateway.request('GET', '/openapi.json')).json.openapi).toBe('3.1.0');
    const page = await gateway.request('GET', '/docs');
    expect([page.status, page.headers['content-type']]).toEqual([200, expect.stringContaining('text/html')]);
    expect((await gateway.request('GET', '/docs/swagger-ui-init.js')).status).toBe(200);
  });
});
