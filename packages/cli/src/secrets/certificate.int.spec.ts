import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createServerCertificate, type ServerCertificate } from './certificate.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What a client that pins `authority` and asks for `servername` gets to read. */
const handshake = async ({ certificate, key }: ServerCertificate, authority: string, servername: string): Promise<string> => {
  const server = createServer({ cert: certificate, key, minVersion: 'TLSv1.3' }, (socket) => socket.end('hello'));
  closing.push(() => server.close());
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca: authority });
    socket.on('error', reject);
    socket.on('data', (data) => resolve(data.toString()));
  });
};

describe('createServerCertificate', () => {
  const made = createServerCertificate(['nats', 'localhost', '127.0.0.1']);

  it('is taken by a client that pins its authority, under its own names', async () => {
    expect(await handshake(made, made.authority, 'nats')).toBe('hello');
    expect(await handshake(made, made.authority, 'localhost')).toBe('hello');
  });

  it('is refused under another name, by another authority, and when it has expired', async () => {
    const other = createServerCertificate(['nats']);
    await expect(handshake(made, made.authority, 'postgres')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await expect(handshake(made, other.authority, 'nats')).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    const old = createServerCertificate(['nats'], { validDays: 1, now: Date.now() - 3 * 86_400_000 });
    await expect(handshake(old, old.authority, 'nats')).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
  });

  it('may serve and not issue', () => {
    const [authority, leaf] = [new X509Certificate(made.authority), new X509Certificate(made.certificate)];
    expect([authority.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkIssued(authority)).toBe(true);
    expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.subjectAltName).toBe('DNS:nats, DNS:localhost, IP Address:127.0.0.1');
    expect(Date.parse(leaf.validTo) - Date.now()).toBeGreaterThan(3_649 * 86_400_000);
  });

  it('is another one each time', () => {
    const other = createServerCertificate(['nats']);
    expect(new X509Certificate(other.certificate).serialNumber).not.toBe(new X509Certificate(made.certificate).serialNumber);
    expect(other.key).not.toBe(made.key);
  });
});
