import { consumerTable, publishingServices, streamOf, type PublishingService, type ServiceName } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../broker/broker.js';
import { BrokerError } from '../broker/broker-error.js';
import type { MessagingLog } from '../log.js';
import { consumerConfig } from '../provisioner/consumer-config.js';
import { describeDifferences, differences } from '../provisioner/differences.js';
import { forbiddenSubject, isNotFound } from '../provisioner/jetstream-error.js';
import { streamConfig } from '../provisioner/stream-config.js';
import { checkServerVersion } from './server-version.js';

export type CheckBrokerOptions = {
  readonly broker: Broker;
  readonly service: ServiceName;
  readonly log: MessagingLog;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
};

type Check = { readonly name: string; readonly expected: object; readonly found: () => Promise<object> };

const pollMs = 500;
const apiTimeoutMs = 5_000;

/** How many copies a stream has is the operator's choice; everything else follows from contracts. */
const streamExpectation = (service: PublishingService): object => {
  const { num_replicas: _operatorsChoice, ...expected } = streamConfig(service, { replicas: 1 });
  return expected;
};

const checksOf = (service: ServiceName, jsm: JetStreamManager): readonly Check[] => [
  ...publishingServices
    .filter((name) => name === service)
    .map((name) => ({
      name: streamOf(name),
      expected: streamExpectation(name),
      found: async () => (await jsm.streams.info(streamOf(name))).config,
    })),
  ...consumerTable
    .filter((consumer) => consumer.service === service)
    .map((consumer) => ({
      name: consumer.durable,
      expected: consumerConfig(consumer),
      found: async () => (await jsm.consumers.info(streamOf(consumer.source), consumer.durable)).config,
    })),
];

/** True: as it must be; false: not there yet. */
const passes = async ({ name, expected, found }: Check): Promise<boolean> => {
  try {
    const wrong = differences(expected, await found());
    if (wrong.length === 0) return true;
    const message = `${describeDifferences(name, wrong)}. Run "latchkey broker provision", or delete it and run that`;
    throw new BrokerError('broker.settings_differ', message, { name, differences: wrong });
  } catch (error) {
    const subject = forbiddenSubject(error);
    if (subject !== undefined) {
      const message = `the NATS server does not let this service use "${subject}"; generate infra/nats/permissions.conf again and reload the server`;
      throw new BrokerError('broker.forbidden', message, { subject }, { cause: error });
    }
    if (isNotFound(error)) return false;
    throw error;
  }
};

const checkOnce = async (connection: NatsConnection, service: ServiceName): Promise<readonly string[]> => {
  checkServerVersion(connection);
  const jsm = await jetstreamManager(connection, { checkAPI: false, timeout: apiTimeoutMs });
  const missing: string[] = [];
  for (const check of checksOf(service, jsm)) if (!(await passes(check))) missing.push(check.name);
  return missing;
};

/**
 * Start-up checks of a service's broker: the server's version, the settings of its own stream and durables, and that the server lets it ask.
 * What is *different* is refused; what is *missing* (the broker, a stream, a durable) is waited for, so do not await this before serving
 * what works without a broker.
 *
 * @throws {BrokerError} `broker.server_too_old`, `broker.settings_differ` (setting, expected, found), `broker.forbidden`, `broker.closed`
 */
export const checkBroker = async ({ broker, service, log, signal }: CheckBrokerOptions): Promise<void> => {
  let told = '';
  while (signal?.aborted !== true) {
    const connection = await broker.connected();
    let waitingFor: string;
    try {
      const missing = await checkOnce(connection, service);
      if (missing.length === 0) return log.info({ service, version: connection.info?.version }, 'the broker is as it must be');
      waitingFor = `not there yet: ${missing.join(', ')} (the provisioner makes them)`;
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      waitingFor = messageOf(error); // the broker went away while it was asked
    }
    if (waitingFor !== told) log.warn({ service }, waitingFor);
    told = waitingFor;
    await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
};
