import type { CallerName, NatsIdentity } from '@latchkey/contracts';
import { createTrustedKeys, loadMessageKey, type MessageKey, type TrustedKeys } from '@latchkey/sealing';
import { messageKey } from '@latchkey/testkit';
import type { Broker } from '../broker/broker.js';
import { connectNats } from '../broker/connect-nats.js';
import type { MessagingLog } from '../log.js';

/** Keeps what was logged, for specs that look at it. */
export const recordingLog = (): MessagingLog & { readonly lines: { level: string; fields: object; message: string }[] } => {
  const lines: { level: string; fields: object; message: string }[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

type Server = { readonly url: string; readonly identities: { readonly [Name in NatsIdentity]?: { readonly seed: string } } };

/** Brokers by identity on one server; `close` closes all that were made. */
export const specBrokers = (server: Server, log: MessagingLog = recordingLog()) => {
  const made: Broker[] = [];
  return {
    of: async (identity: NatsIdentity): Promise<Broker> => {
      const broker = await connectNats({ identity, url: server.url, seed: server.identities[identity]?.seed ?? '', log });
      made.push(broker);
      return broker;
    },
    close: async (): Promise<void> => {
      await Promise.all(made.map((broker) => broker.close()));
    },
  };
};

export type SpecKeys = { readonly keys: Readonly<Record<string, MessageKey>>; readonly trustedKeys: TrustedKeys };

/** A message key for each name, all trusted. */
export const specKeys = async (names: readonly CallerName[]): Promise<SpecKeys> => {
  const jwks = await Promise.all(names.map(async (name) => [name, await messageKey()] as const));
  const keys = await Promise.all(
    jwks.map(async ([name, { privateJwk }]) => [name, await loadMessageKey(name, privateJwk)] as const),
  );
  return {
    keys: Object.fromEntries(keys),
    trustedKeys: createTrustedKeys(Object.fromEntries(jwks.map(([name, { publicJwk }]) => [name, [publicJwk]]))),
  };
};
