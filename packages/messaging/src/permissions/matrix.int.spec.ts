import { natsIdentities, type NatsIdentity } from '@latchkey/contracts';
import { nats, type SpecNats } from '@latchkey/testkit';
import { errors, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provisionBroker } from '../provisioner/provision-broker.js';
import { allowedPairs } from '../testing/allowed-pairs.js';
import { recordingLog, specBrokers } from '../testing/spec-brokers.js';
import {
  eventSubjects,
  headSubjects,
  inboxSubjects,
  jetStreamSubjects,
  publishAttempts,
  rpcSubjects,
  streams,
  subscribeAttempts,
} from '../testing/tried-subjects.js';

let server: SpecNats;
let brokers: ReturnType<typeof specBrokers>;
let connections: Record<NatsIdentity, NatsConnection>;
const log = recordingLog();

/** What the server refused while `work` ran and until it had read everything. */
const refusedDuring = async (connection: NatsConnection, work: () => void): Promise<ReadonlySet<string>> => {
  const refused = new Set<string>();
  const status = connection.status();
  const watching = (async () => {
    for await (const event of status) {
      if (event.type === 'error' && event.error instanceof errors.PermissionViolationError) refused.add(event.error.subject);
    }
  })();
  work();
  await connection.flush();
  await connection.flush(); // errors come in the order of what caused them, before the second answer
  (status as unknown as { stop: () => void }).stop();
  await watching;
  return refused;
};

const sorted = (subjects: Iterable<string>): readonly string[] => [...subjects].sort();

const streamState = async (stream: string) => {
  const reply = await connections.observer.request(`$JS.API.STREAM.INFO.${stream}`, '', { timeout: 3_000 });
  const { state, config, created } = reply.json<{
    state: { last_seq: number; messages: number; consumer_count: number };
    config: object;
    created: string;
  }>();
  return { lastSequence: state.last_seq, messages: state.messages, consumers: state.consumer_count, config, created };
};

beforeAll(async () => {
  server = await nats();
  brokers = specBrokers(server, log);
  await provisionBroker({ broker: await brokers.of('provisioner'), log, watch: false });
  const made = await Promise.all(
    natsIdentities.map(async (identity) => [identity, await (await brokers.of(identity)).connected()] as const),
  );
  connections = Object.fromEntries(made) as Record<NatsIdentity, NatsConnection>;
});
afterAll(async () => {
  await brokers.close();
  await server.remove();
});

describe('an identity', () => {
  it.each(natsIdentities)('%s may publish to its own pairs and to nothing else', async (identity) => {
    const connection = connections[identity];
    const refused = await refusedDuring(connection, () => {
      for (const subject of publishAttempts) connection.publish(subject, '');
    });
    const taken = new Set(publishAttempts.filter((subject) => !refused.has(subject)));
    expect(sorted(taken)).toEqual(sorted(allowedPairs[identity].publish));
  });

  it.each(natsIdentities.filter((name) => name !== 'observer'))(
    '%s may listen to its own pairs and to nothing else',
    async (identity) => {
      const connection = connections[identity];
      const subscriptions: { unsubscribe: () => void }[] = [];
      const refused = await refusedDuring(connection, () => {
        for (const subject of subscribeAttempts) subscriptions.push(connection.subscribe(subject, { callback: () => undefined }));
      });
      for (const subscription of subscriptions) subscription.unsubscribe();
      const taken = subscribeAttempts.filter((subject) => !refused.has(subject));
      expect(sorted(taken)).toEqual(sorted(allowedPairs[identity].subscribe));
    },
  );
});

describe('what really arrives', () => {
  it('at the owner of a command or query comes from its callers alone', async () => {
    const arrived = new Set<string>();
    const owners = natsIdentities.filter((identity) => identity !== 'provisioner' && identity !== 'observer');
    const subscriptions = owners.flatMap((owner) =>
      allowedPairs[owner].subscribe
        .filter((subject) => /^(cmd|qry)\.[^*>]+$/.test(subject))
        .map((subject) =>
          connections[owner].subscribe(subject, {
            callback: (_error, message) => void arrived.add(`${message.string()} → ${subject}`),
          }),
        ),
    );
    await Promise.all(owners.map((owner) => connections[owner].flush()));
    for (const identity of natsIdentities) {
      for (const subject of rpcSubjects) connections[identity].publish(subject, identity);
      await connections[identity].flush();
    }
    await Promise.all(owners.map((owner) => connections[owner].flush()));
    const expected = natsIdentities.flatMap((identity) =>
      allowedPairs[identity].publish
        .filter((subject) => rpcSubjects.includes(subject))
        .map((subject) => `${identity} → ${subject}`),
    );
    expect(sorted(arrived)).toEqual(sorted(expected));
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('in a stream, at a head and in an inbox comes from whom it belongs to', async () => {
    const before = await Promise.all(streams.map(streamState));
    const heard: string[] = [];
    const listen = (identity: NatsIdentity, subject: string) =>
      connections[identity].subscribe(subject, {
        callback: (_error, message) => void heard.push(`${identity} hears ${message.string()} on ${message.subject}`),
      });
    const subscriptions = [
      ...natsIdentities
        .filter((identity) => identity !== 'observer')
        .map((identity) => listen(identity, `_INBOX_${identity}.x.y`)),
      listen('trade-executor', 'head.gateway'),
      ...['gateway', 'key-vault', 'trade-executor'].map((source) => listen('audit', `head.${source}`)),
    ];
    await Promise.all(natsIdentities.map((identity) => connections[identity].flush()));
    for (const identity of natsIdentities) {
      for (const subject of [...eventSubjects, ...headSubjects, ...inboxSubjects])
        connections[identity].publish(subject, identity);
      await connections[identity].flush();
    }
    await Promise.all(natsIdentities.map((identity) => connections[identity].flush()));
    expect(sorted(heard)).toEqual([
      'audit hears gateway on head.gateway',
      'audit hears key-vault on head.key-vault',
      'audit hears trade-executor on head.trade-executor',
      'trade-executor hears gateway on head.gateway',
    ]);
    const after = await Promise.all(streams.map(streamState));
    expect(after.map(({ lastSequence }, i) => lastSequence - (before[i]?.lastSequence ?? 0))).toEqual([1, 1, 1]);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });
});

describe('the server as a messenger', () => {
  /** Where somebody might want the server's answers to go, apart from their own inbox. */
  const foreignReplies = (identity: NatsIdentity): readonly string[] =>
    [
      ...rpcSubjects,
      ...eventSubjects,
      ...headSubjects,
      ...inboxSubjects,
      ...jetStreamSubjects.filter((subject) => /\.(DELETE|PURGE|UPDATE|CREATE)\./.test(subject)),
    ].filter((subject) => !allowedPairs[identity].publish.includes(subject));

  const asksJetStream = (subject: string): boolean => subject.startsWith('$JS.');
  // The operator asks it nothing, so it has no messenger there.
  const askers = natsIdentities.filter((identity) => allowedPairs[identity].publish.some(asksJetStream));

  it.each(askers)('carries nothing for %s to a subject that is not its own', async (identity) => {
    await connections.gateway.request('evt.gateway.signal.received.p01', 'something for the consumers to fetch');
    const before = await Promise.all(streams.map(streamState));
    const heard: string[] = [];
    const others = natsIdentities.filter((other) => other !== identity && other !== 'observer');
    const subscriptions = others.flatMap((other) =>
      allowedPairs[other].subscribe.map((subject) =>
        connections[other].subscribe(subject, {
          callback: (_error, message) => void heard.push(`${other} hears ${message.subject}`),
        }),
      ),
    );
    await Promise.all(others.map((other) => connections[other].flush()));

    const asked = allowedPairs[identity].publish.filter(asksJetStream);
    for (const subject of asked) {
      const payload = subject.includes('MSG.NEXT')
        ? '{"batch":1,"no_wait":true}'
        : subject.includes('MSG.GET')
          ? '{"seq":1}'
          : '';
      for (const reply of foreignReplies(identity)) connections[identity].publish(subject, payload, { reply });
    }
    await connections[identity].flush();
    // The server answers in its own time: a later question to each stream is answered after the earlier ones.
    const after = await Promise.all(streams.map(streamState));
    await Promise.all(others.map((other) => connections[other].flush()));
    expect(heard).toEqual([]);
    expect(after).toEqual(before);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });

  it('makes no consumer that delivers to a subject of somebody’s choosing', async () => {
    const config = {
      durable_name: 'evil',
      deliver_subject: 'cmd.key-vault.session.some-instance',
      ack_policy: 'none',
      deliver_policy: 'all',
    };
    for (const identity of natsIdentities) {
      const connection = connections[identity];
      const requests = streams.flatMap((stream) => [
        `$JS.API.CONSUMER.CREATE.${stream}`,
        `$JS.API.CONSUMER.CREATE.${stream}.evil`,
        `$JS.API.CONSUMER.CREATE.${stream}.evil.evt.gateway.>`,
        `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.evil`,
      ]);
      const refused = await refusedDuring(connection, () => {
        for (const subject of requests)
          connection.publish(subject, JSON.stringify({ stream_name: subject.split('.')[4], config, action: 'create' }));
      });
      expect(sorted(refused)).toEqual(sorted(requests));
    }
    expect((await Promise.all(streams.map(streamState))).map(({ consumers }) => consumers)).toEqual([2, 1, 2]);
  });

  it('shows the observer everything, on every account', async () => {
    const seen: string[] = [];
    const subscription = connections.observer.subscribe('>', {
      callback: (_error, message) => void seen.push(`${message.subject} ${message.string()}`),
    });
    await connections.observer.flush();
    connections['trade-executor'].publish('cmd.key-vault.session.some-instance', 'a command');
    connections.audit.publish('cmd.gateway.replay', 'another');
    await connections.gateway.request('evt.gateway.signal.received.p01', 'an event');
    connections['key-vault'].publish('head.key-vault', 'a head');
    await Promise.all(natsIdentities.map((identity) => connections[identity].flush()));
    await connections.observer.flush();
    for (const line of [
      'cmd.key-vault.session.some-instance a command',
      'cmd.gateway.replay another',
      'evt.gateway.signal.received.p01 an event',
      'head.key-vault a head',
    ]) {
      expect(seen).toContain(line);
    }
    subscription.unsubscribe();
  });
});
