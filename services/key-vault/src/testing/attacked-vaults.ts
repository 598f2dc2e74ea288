import type { SignItem } from '@latchkey/contracts';
import { connectNats, createRpcClient, type RpcClient } from '@latchkey/messaging';
import {
  createTrustedKeys,
  generateMessageKeyJwk,
  loadMessageKey,
  offerSession,
  type AskingSession,
  type MessageKey,
  type TrustedKeys,
} from '@latchkey/sealing';
import { nats, type SpecNats } from '@latchkey/testkit';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { serveVault } from './served-vault.js';
import { batchBytes } from './spec-session.js';
import { accountOf, quiet, readItem, save, vaultFixture, verify, type VaultFixture } from './vault-fixture.js';

export const opening = 'cmd.key-vault.open-session';
export const frames = 'cmd.key-vault.session';

type Served = Awaited<ReturnType<typeof serveVault>>;
type Name = 'executor' | 'retired' | 'gateway' | 'vault' | 'unknown' | 'unknownVault';

const issuers: Readonly<Record<Name, string>> = {
  executor: 'trade-executor',
  /** Was trusted once. */
  retired: 'trade-executor',
  gateway: 'gateway',
  vault: 'key-vault',
  /** Made by the attacker, under names that are not theirs. */
  unknown: 'trade-executor',
  unknownVault: 'key-vault',
};

const makeKeys = async (): Promise<Readonly<Record<Name, MessageKey>>> => {
  const made = Object.entries(issuers).map(async ([name, issuer]) => [
    name,
    await loadMessageKey(issuer, await generateMessageKeyJwk()),
  ]);
  return Object.fromEntries(await Promise.all(made)) as Record<Name, MessageKey>;
};

/** Every text with one bit of one of its parts changed. */
export const mutantsOf = (compact: string): readonly string[] => {
  const parts = compact.split('.');
  return parts.flatMap((part, at) => {
    const raw = Buffer.from(part, 'base64url');
    return Array.from({ length: raw.length * 8 }, (_, bit) => {
      const changed = Buffer.from(raw);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return parts.with(at, changed.toString('base64url')).join('.');
    });
  });
};

/** Of those texts, how many `read` believes. */
export const believedOf = (texts: readonly string[], read: (text: string) => unknown): number =>
  texts.filter((text) => {
    try {
      read(text);
      return true;
    } catch {
      return false;
    }
  }).length;

/**
 * Two vault processes over one database, an executor, and somebody who holds the whole broker: one server without accounts or permissions, on
 * which they hear everything and say what they like.
 */
export const attackedVaults = async () => {
  const [server, fixture]: [SpecNats, VaultFixture] = await Promise.all([nats({ open: true, own: true }), vaultFixture()]);
  const keys = await makeKeys();
  const trusted: TrustedKeys = createTrustedKeys({
    'trade-executor': [keys.executor.publicJwk],
    gateway: [keys.gateway.publicJwk],
    'key-vault': [keys.vault.publicJwk],
  });
  const serve = async (instance: string): Promise<Served> =>
    serveVault({ fixture, server, messageKey: keys.vault, trustedKeys: trusted, vault: await fixture.another(), instance });
  const [first, second] = [await serve('vault-1'), await serve('vault-2')];

  const heard: { readonly subject: string; readonly text: string }[] = [];
  const attacker: NatsConnection = await connect({ servers: server.url, inboxPrefix: '_INBOX_trade-executor' });
  attacker.subscribe('>', {
    callback: (_error, message) => void heard.push({ subject: message.subject, text: message.string() }),
  });
  await attacker.flush();

  const { seed } = server.identities['trade-executor'];
  const broker = await connectNats({ identity: 'trade-executor', url: server.url, seed, log: quiet });
  await broker.connected();
  const { clock } = fixture;
  const rpc: RpcClient = createRpcClient({
    broker,
    identity: 'trade-executor',
    messageKey: keys.executor,
    log: quiet,
    clock,
  });
  const account = accountOf('victim');
  await save(fixture, account, 'V');
  await verify(fixture, account);

  const session = async (): Promise<AskingSession> => {
    const { offer, complete } = await offerSession({ key: keys.executor, trusted, responder: 'key-vault', clock });
    return complete((await rpc.call(opening, { offer })).acceptance);
  };
  const items = (): readonly SignItem[] => [readItem(fixture, account)];
  const asExecutor = headers();
  asExecutor.set('Latchkey-Caller', 'trade-executor');
  const said = async (subject: string, text: string): Promise<string> =>
    (await attacker.request(subject, text, { timeout: 5_000, headers: asExecutor })).string();
  /** An answer with a frame means that the vault has signed; one with an acceptance, that it has opened a session. */
  const isTaken = (answer: string): boolean => {
    const { ok, value } = JSON.parse(answer) as { ok: boolean; value?: object };
    return ok && value !== undefined && ('frame' in value || 'acceptance' in value);
  };
  /** Sends all of it, some at once. @returns how many were taken */
  const attempt = async (subject: string, texts: readonly string[]): Promise<number> => {
    const queue = [...texts];
    let taken = 0;
    const worker = async (): Promise<void> => {
      for (let text = queue.pop(); text !== undefined; text = queue.pop()) if (isTaken(await said(subject, text))) taken += 1;
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    return taken;
  };

  return {
    fixture,
    server,
    serve,
    first,
    second,
    keys,
    trusted,
    account,
    rpc,
    attacker,
    heard,
    session,
    items,
    said,
    isTaken,
    attempt,
    /** Frames to one instance. */
    send: (instance: string, sent: readonly string[]): Promise<number> =>
      attempt(
        `${frames}.${instance}`,
        sent.map((frame) => JSON.stringify({ frame })),
      ),
    frameOf: (of: AskingSession): string => of.ask(batchBytes(items())).frame,
    /** Batches on the record: nothing is signed without one. */
    decisions: async (): Promise<number> => (await fixture.events('signatures-')).length,
    close: async (): Promise<void> => {
      await Promise.all([first.close(), second.close(), broker.close(), attacker.close()]);
      await fixture.close();
      await server.remove();
    },
  };
};

export type AttackedVaults = Awaited<ReturnType<typeof attackedVaults>>;
