import { natsIdentity } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { connectOptions } from './connect-options.js';

const canary = 'SUCANARY';

describe('the options of a connection', () => {
  it('are the identity’s own inbox, all its servers, and no end of trying', () => {
    const options = connectOptions({ identity: 'key-vault', url: 'nats://a:4222,nats://b:4222', seed: natsIdentity().seed });
    expect(options).toMatchObject({
      servers: ['nats://a:4222', 'nats://b:4222'],
      inboxPrefix: '_INBOX_key-vault',
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
    });
    expect(options).not.toHaveProperty('tls');
  });

  it('never quote a seed that is none', () => {
    expect(() => connectOptions({ identity: 'gateway', url: 'nats://a', seed: canary })).toThrow(
      expect.objectContaining({ code: 'broker.config_invalid' }),
    );
    expect(() => connectOptions({ identity: 'gateway', url: 'nats://a', seed: canary })).not.toThrow(new RegExp(canary));
  });

  it('name a CA file that cannot be read', () => {
    const options = { identity: 'gateway', url: 'tls://a', seed: natsIdentity().seed, caFile: '/nowhere/ca.pem' } as const;
    expect(() => connectOptions(options)).toThrow(/the CA file "\/nowhere\/ca.pem" cannot be read/);
  });
});
