import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, integer, objectId, octets, sequence, set, tagged, utcTime, utf8, yes } from './der.js';

/** What a server presents, and the authority that its clients pin. All PEM. */
export type ServerCertificate = { readonly authority: string; readonly certificate: string; readonly key: string };

type Subject = { readonly name: string; readonly publicKey: KeyObject; readonly extensions: readonly Buffer[] };
type Issuer = { readonly name: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
const dayMs = 86_400_000;

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`;

const distinguished = (name: string): Buffer => sequence(set(sequence(objectId('2.5.4.3'), utf8(name))));
const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject): Buffer => createHash('sha256').update(spki(key)).digest().subarray(0, 20);

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(objectId(id), ...(critical ? [yes] : []), octets(value));

/** RFC 5280, section 4.1. */
const issue = ({ name, publicKey, extensions }: Subject, issuer: Issuer, validDays: number, now: number): string => {
  const tbs = sequence(
    tagged(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    ecdsaWithSha256,
    distinguished(issuer.name),
    sequence(utcTime(new Date(now - dayMs)), utcTime(new Date(now + validDays * dayMs))), // a day back: clocks differ
    distinguished(name),
    spki(publicKey),
    tagged(
      0xa3,
      sequence(
        extension('2.5.29.14', false, octets(keyId(publicKey))),
        extension('2.5.29.35', false, sequence(tagged(0x80, keyId(issuer.publicKey)))),
        ...extensions,
      ),
    ),
  );
  return pem('CERTIFICATE', sequence(tbs, ecdsaWithSha256, bits(sign('sha256', tbs, issuer.privateKey))));
};

const alternativeName = (name: string): Buffer =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(name)
    ? tagged(0x87, Buffer.from(name.split('.').map(Number)))
    : tagged(0x82, Buffer.from(name, 'latin1'));

/**
 * A certificate for a server of our own, by an authority that is made for it and whose key is gone when this returns: nobody can issue a
 * second one that the server's clients would take. Written by hand because Node cannot make certificates, images have no openssl, and a
 * library would stand in the one process that sees every secret.
 *
 * @param names DNS names and IPv4 addresses by which clients connect
 */
export const createServerCertificate = (
  names: readonly string[],
  { validDays = 3_650, now = Date.now() }: { readonly validDays?: number; readonly now?: number } = {},
): ServerCertificate => {
  const authority: Issuer = { name: 'Latchkey, one server only', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const root: Subject = {
    name: authority.name,
    publicKey: authority.publicKey,
    extensions: [
      extension('2.5.29.19', true, sequence(yes, integer(Buffer.from([0])))), // an authority, of nothing but servers
      extension('2.5.29.15', true, bits(Buffer.from([0x04]), 2)), // keyCertSign
    ],
  };
  const leaf: Subject = {
    name: names[0] ?? 'server',
    publicKey: server.publicKey,
    extensions: [
      extension('2.5.29.19', true, sequence()),
      extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)), // digitalSignature
      extension('2.5.29.37', false, sequence(objectId('1.3.6.1.5.5.7.3.1'))), // serverAuth
      extension('2.5.29.17', false, sequence(...names.map(alternativeName))),
    ],
  };
  return {
    authority: issue(root, authority, validDays, now),
    certificate: issue(leaf, authority, validDays, now),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
};
