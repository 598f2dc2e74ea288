import { createPublicKey, verify } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { connectNats } from '@latchkey/messaging';
import { acceptSession, offerSession, publicMessageJwk, signMessage, type MessageKey } from '@latchkey/sealing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackedVaults, frames, opening, type AttackedVaults } from '../../testing/attacked-vaults.js';
import { askIn } from '../../testing/spec-session.js';
import { quiet } from '../../testing/vault-fixture.js';

let vaults: AttackedVaults;
beforeAll(async () => {
  vaults = await attackedVaults();
});
afterAll(() => vaults.close());

const code = (value: string): Error => expect.objectContaining({ code: value }) as Error;

/** A request to open a session, as its row has it, by whatever key. */
const request = async (key: MessageKey, over: Partial<Parameters<typeof signMessage>[0]> = {}, inner = key): Promise<string> => {
  const { clock } = vaults.fixture;
  const { offer } = await offerSession({ key: inner, trusted: vaults.trusted, responder: 'key-vault', clock });
  return signMessage({ key, audience: 'key-vault', type: opening, payload: { request: { offer } }, clock, ...over });
};

describe('the opening of a session', () => {
  it('is done by no key but the executor’s of now: 60 requests and offers of others', async () => {
    const { keys } = vaults;
    const { now } = vaults.fixture.clock;
    const wrong: (() => Promise<string>)[] = [
      () => request(keys.gateway),
      () => request(keys.unknown),
      () => request(keys.retired),
      () => request(keys.unknownVault),
      // The executor's own request around an offer that is not its own.
      () => request(keys.executor, {}, keys.gateway),
      () => request(keys.executor, {}, keys.retired),
      () => request(keys.executor, {}, keys.unknown),
      () => request(keys.executor, { audience: 'gateway' }),
      () => request(keys.executor, { type: 'cmd.key-vault.complete-verification' }),
      () => request(keys.executor, { clock: { now: () => now() - 60_000 } }),
      () => request(keys.executor, { clock: { now: () => now() + 60_000 } }),
      async () => JSON.stringify({ request: { offer: (await request(keys.executor)).slice(0, 40) } }),
    ];
    const texts = await Promise.all(wrong.flatMap((make) => Array.from({ length: 5 }, make)));
    expect(texts).toHaveLength(60);
    expect(await vaults.attempt(opening, texts)).toBe(0);
    expect(await vaults.attempt(opening, [await request(keys.executor)])).toBe(1);
  });
});

/** A broker that has whoever connects sign what it likes: the nonce of its greeting. */
const oracle = async (message: string): Promise<string> => {
  const signed = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const greeting = { server_id: 'X', version: '2.14.0', proto: 1, headers: true, max_payload: 1_048_576, nonce: message };
    socket.write(`INFO ${JSON.stringify(greeting)}\r\n`);
    socket.on('data', (bytes) => {
      const connectLine = /^CONNECT (\{.*\})\r\n/.exec(bytes.toString());
      if (connectLine) signed.resolve((JSON.parse(connectLine[1] ?? '{}') as { sig: string }).sig);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { seed } = vaults.server.identities['trade-executor'];
  const broker = await connectNats({ identity: 'trade-executor', url: `nats://127.0.0.1:${port}`, seed, log: quiet });
  try {
    return Buffer.from(await signed.promise, 'base64').toString('base64url');
  } finally {
    await broker.close();
    server.close();
  }
};

describe('a broker that has the executor’s nkey sign a handshake in place of a nonce', () => {
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

  /** The raw public key in an nkey's text: a byte of kind, 32 of the key, two of a checksum. */
  const rawKeyOf = (nkey: string): Buffer => {
    let bits = '';
    for (const letter of nkey) bits += base32.indexOf(letter).toString(2).padStart(5, '0');
    const bytes = bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [];
    return Buffer.from(bytes.slice(1, 33));
  };

  it('gets a true signature of the nkey, which is worth nothing: the nkey is no message key', async () => {
    const { keys, fixture } = vaults;
    const { publicKey } = vaults.server.identities['trade-executor'];
    const nkeyJwk = publicMessageJwk({ kty: 'OKP', crv: 'Ed25519', x: rawKeyOf(publicKey).toString('base64url') });
    const claims = (body: unknown) => ({
      iss: 'trade-executor',
      aud: 'key-vault',
      iat: fixture.clock.now() / 1_000,
      jti: '0192f0c1-5555-7555-8555-000000000001',
      body,
    });
    const { offer } = await offerSession({
      key: keys.executor,
      trusted: vaults.trusted,
      responder: 'key-vault',
      clock: fixture.clock,
    });
    const [, half = ''] = offer.split('.');
    const { body } = JSON.parse(Buffer.from(half, 'base64url').toString()) as { body: unknown };
    let tried = 0;
    for (const kid of [keys.executor.kid, nkeyJwk.kid ?? '']) {
      const input = `${encoded({ alg: 'EdDSA', kid, typ: 'latchkey-session-offer' })}.${encoded(claims(body))}`;
      const signature = await oracle(input);
      // The oracle works: by the nkey's public half this is a JWS like any other.
      const nkey = createPublicKey({ key: { ...nkeyJwk }, format: 'jwk' });
      expect(verify(null, Buffer.from(input), nkey, Buffer.from(signature, 'base64url'))).toBe(true);
      const forged = `${input}.${signature}`;
      const accept = acceptSession({
        offer: forged,
        key: keys.vault,
        trusted: vaults.trusted,
        issuers: ['trade-executor'],
        instance: 'vault-1',
        clock: fixture.clock,
      });
      await expect(accept).rejects.toEqual(code(kid === keys.executor.kid ? 'sealing.signature_invalid' : 'sealing.unknown_key'));
      // And so the request around it, over the broker.
      const outer = `${encoded({ alg: 'EdDSA', kid, typ: opening })}.${encoded(claims({ request: { offer: forged } }))}`;
      expect(await vaults.attempt(opening, [`${outer}.${await oracle(outer)}`])).toBe(0);
      tried += 2;
    }
    expect(tried).toBe(4);
  });
});

describe('a broker that answers for the vault', () => {
  /** The vaults hear nothing, and somebody else says what comes back. */
  const offered = () =>
    offerSession({ key: vaults.keys.executor, trusted: vaults.trusted, responder: 'key-vault', clock: vaults.fixture.clock });
  const accept = (offer: string, key: MessageKey) =>
    acceptSession({
      offer,
      key,
      trusted: vaults.trusted,
      issuers: ['trade-executor'],
      instance: 'vault-1',
      clock: vaults.fixture.clock,
    });

  it('opens no session with the executor: by no other key, with no other’s acceptance, with none that was altered', async () => {
    const { keys } = vaults;
    const [mine, other] = [await offered(), await offered()];
    const theirs = await vaults.rpc.call(opening, { offer: other.offer });
    const honest = (await accept(mine.offer, keys.vault)).acceptance;
    const forged = [
      (await accept(mine.offer, keys.unknownVault)).acceptance,
      theirs.acceptance,
      mine.offer,
      `${honest.slice(0, -4)}AAAA`,
      ...['epk', 'sid', 'instance', 'offer'].map((name) => altered(honest, name)),
      '',
      'a.b.c',
    ];
    for (const acceptance of forged) {
      await expect(mine.complete(acceptance)).rejects.toMatchObject({ code: expect.stringMatching(/^sealing\./) as unknown });
    }
    expect(forged).toHaveLength(10);
    expect((await mine.complete(honest)).instance).toBe('vault-1');
  });

  const altered = (acceptance: string, name: string): string => {
    const [head = '', claims = '', signature = ''] = acceptance.split('.');
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { body: Record<string, string> };
    const body = { ...read.body, [name]: (read.body[name] ?? '').replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) };
    return [head, Buffer.from(JSON.stringify({ ...read, body })).toString('base64url'), signature].join('.');
  };

  it('has no frame of its own believed, nor a word that is in none', async () => {
    const { attacker, rpc } = vaults;
    const asking = await vaults.session();
    const lies = ['', '{}', '{"items":[]}', 'a.b.c.d.e', Buffer.from('{"items":[]}').toString('base64url')];
    const [liarSubject, replies] = ['vault-0', [...lies]];
    const liar = attacker.subscribe(`${frames}.${liarSubject}`, {
      callback: (_error, message) => void message.respond(JSON.stringify({ ok: true, value: { frame: replies.pop() ?? '' } })),
    });
    await attacker.flush();
    const redirected = { ...asking, instance: liarSubject };
    for (const _lie of lies) {
      await expect(askIn(rpc, redirected, vaults.items())).rejects.toMatchObject({
        code: expect.stringMatching(/^sealing\./) as unknown,
      });
    }
    liar.unsubscribe();
    expect(await askIn(rpc, asking, vaults.items())).toMatchObject([{ ok: true }]);
  });
});
