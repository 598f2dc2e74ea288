import { describe, expect, it } from 'vitest';
import { createEgressAddresses } from './egress-addresses.js';
import type { Rpc } from './ports.js';

describe('the addresses to allow-list', () => {
  it('are the configured ones and those of all executors, each once', async () => {
    const rpc = { call: async () => ({ addresses: ['192.0.2.12', '192.0.2.10'] }) } as unknown as Rpc;
    expect(await createEgressAddresses({ rpc, configured: ['192.0.2.10', '192.0.2.11'] })()).toEqual([
      '192.0.2.10',
      '192.0.2.11',
      '192.0.2.12',
    ]);
  });

  it('stay what they were while no executor answers', async () => {
    const answers = [async () => ({ addresses: ['192.0.2.12'] }), () => Promise.reject(new TypeError('away'))];
    const rpc = { call: () => answers.shift()?.() ?? Promise.reject(new TypeError('away')) } as unknown as Rpc;
    const addresses = createEgressAddresses({ rpc, configured: [] });
    expect(await addresses()).toEqual(['192.0.2.12']);
    expect(await addresses()).toEqual(['192.0.2.12']);
    expect(await createEgressAddresses({ rpc, configured: ['192.0.2.10'] })()).toEqual(['192.0.2.10']);
  });
});
