import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, nkeyAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { issueTokens } from '../issue-tokens.js';
import type { Market } from '../markets.js';
import { startOtlpReceiver } from '../otlp-receiver.js';
import { newAlert, post, settledTrade, userOf, type Strategy, type User } from '../people.js';
import { startStack, type Stack } from '../stack.js';
import { plantedBytes, plantedText } from './control.js';
import { instrumented, plantedEnvironment } from './instrument.js';

/** Everything that is sent and answered over `fetch` from now on, heads included, except by the venues' own control. */
const recordAnswers = () => {
  const answers: Buffer[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    const { status, statusText, headers } = response;
    const body = Buffer.from(await response.clone().arrayBuffer());
    if (!/\/(?:accounts|orders|faults|markets)\b/.test(new URL(response.url).pathname))
      answers.push(Buffer.concat([Buffer.from(`${status} ${statusText} ${JSON.stringify([...headers])}\n`), body]));
    return response;
  };
  return { answers, restore: () => void (globalThis.fetch = real) };
};

const as = (stack: Stack, identity: string): Promise<NatsConnection> => {
  const { nats } = stack.description();
  return connect({
    servers: nats.url,
    authenticator: nkeyAuthenticator(readFileSync(nats.users[identity]?.seedFile as string)),
    inboxPrefix: `_INBOX_${identity}`,
  });
};

const recordMessages = async (stack: Stack) => {
  const messages: Buffer[] = [];
  const observer = await as(stack, 'observer');
  observer.subscribe('>', {
    callback: (_error, { subject, headers, data }) => {
      messages.push(Buffer.concat([Buffer.from(`${subject} ${JSON.stringify([...(headers ?? [])])}\n`), Buffer.from(data)]));
    },
  });
  await observer.flush();
  return { messages, flush: () => observer.flush(), close: () => observer.close() };
};

/** A stack that is watched from all sides. */
export const startWatchedStack = async () => {
  const snapshots = mkdtempSync(join(tmpdir(), 'latchkey-snapshots-'));
  const receiver = await startOtlpReceiver();
  const environment = { LOG_LEVEL: 'debug', RATE_LIMIT_SCALE: '1000', ...receiver.environment, ...plantedEnvironment };
  const stack = await startStack(environment, undefined, instrumented(snapshots));
  const { answers, restore } = recordAnswers();
  const nats = await recordMessages(stack);
  const tokenOf = issueTokens(stack);
  return {
    stack,
    snapshots,
    receiver,
    answers,
    messages: nats.messages,
    person: async (id: string, market: Market): Promise<User> => userOf(stack, id, await tokenOf(id), market),
    flush: nats.flush,
    dispose: async () => {
      restore();
      await nats.close();
      await stack.dispose();
      await receiver.close();
      rmSync(snapshots, { recursive: true, force: true });
    },
  };
};
export type WatchedStack = Awaited<ReturnType<typeof startWatchedStack>>;

/** Somebody whose alerts become orders until `stop` is called; each is filled before the next is sent. */
export const keepTrading = (stack: Stack, user: User, strategy: Strategy) => {
  let going = true;
  let filled = 0;
  const done = (async () => {
    while (going) {
      const { body } = await post(stack, strategy, newAlert());
      const { status } = await settledTrade(user, body['signalId'] as string);
      if (status === 'filled') filled += 1;
      await user.api('GET', '/api/user-api-keys/all/status');
    }
  })();
  return {
    /** @returns how many orders were filled */
    stop: async (): Promise<number> => {
      going = false;
      await done;
      return filled;
    },
  };
};

/** A message that no service sent, on the subject of an event: it goes past the observer into the broker's store, and is believed by nobody. */
export const plantMessage = async (stack: Stack): Promise<void> => {
  const thief = await as(stack, 'gateway');
  thief.publish('evt.gateway.planted', plantedBytes);
  await thief.flush();
  await thief.close();
};

/** An answer with everything in it that must never be answered. */
export const plantAnswer = async (): Promise<void> => {
  const server = createServer((_request, response) => {
    response.setHeader('x-planted', encodeURIComponent(plantedText).slice(0, 4_000));
    response.end(plantedBytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}/`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
};

/** What a service with a careless instrumentation would export. */
export const plantSpan = async (receiver: WatchedStack['receiver']): Promise<void> => {
  const url = receiver.environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  await fetch(`${url}/v1/logs`, { method: 'POST', body: new Uint8Array(plantedBytes) });
};
