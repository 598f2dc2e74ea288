import { natsIdentity } from '@latchkey/testkit';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { connectOptions } from './connect-options.js';

const canary = 'SUCANARY';

describe('the options of a connection', () => {
  it('are the identity’s own inbox, all its servers, and no end of trying', () => {
    const url = 'nats://127.0.0.1:4222,localhost:4223,nats://[::1]:4224';
    const options = connectOptions({ identity: 'key-vault', url, seed: natsIdentity().seed });
    expect(options).toMatchObject({
      servers: ['nats://127.0.0.1:4222', 'localhost:4223', 'nats://[::1]:4224'],
      inboxPrefix: '_INBOX_key-vault',
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
    });
    expect(options).not.toHaveProperty('tls');
  });

  it.each([
    'nats://broker.internal:4222',
    'tls://10.0.0.7:4222',
    'nats://127.0.0.1:4222,nats://127.0.0.1.example.com:4222',
    'nats://localhost@10.0.0.7:4222',
    '10.0.0.7:4222',
    'nats://%',
    'nats://[2001:db8::1]:4222',
  ])('are refused for %s without an authority to pin: beyond loopback others could listen, or answer', (url) => {
    expect(() => connectOptions({ identity: 'gateway', url, seed: natsIdentity().seed })).toThrow(
      expect.objectContaining({ code: 'broker.config_invalid', message: expect.stringContaining('NATS_CA_FILE') as unknown }),
    );
  });

  it('are TLS with that authority alone once it is given', () => {
    const caFile = fileURLToPath(import.meta.url);
    const options = connectOptions({ identity: 'gateway', url: 'nats://broker.internal', seed: natsIdentity().seed, caFile });
    expect(options.tls).toEqual({ ca: readFileSync(caFile, 'utf8') });
  });

  it('never quote a seed that is none', () => {
    expect(() => connectOptions({ identity: 'gateway', url: 'nats://localhost', seed: canary })).toThrow(
      expect.objectContaining({ code: 'broker.config_invalid' }),
    );
    expect(() => connectOptions({ identity: 'gateway', url: 'nats://localhost', seed: canary })).not.toThrow(new RegExp(canary));
  });

  it('name a CA file that cannot be read', () => {
    const options = { identity: 'gateway', url: 'tls://a', seed: natsIdentity().seed, caFile: '/nowhere/ca.pem' } as const;
    expect(() => connectOptions(options)).toThrow(/the CA file "\/nowhere\/ca.pem" cannot be read/);
  });
});
