import {
  consumerTable,
  publishingServices,
  streamOf,
  type ConsumerDefinition,
  type PublishingService,
} from '@latchkey/contracts';
import type { JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import type { MessagingLog } from '../log.js';
import { consumerConfig } from './consumer-config.js';
import { describeDifferences, differences, type Difference } from './differences.js';
import { isNotFound } from './jetstream-error.js';
import { streamConfig } from './stream-config.js';

/** What one pass did. */
export type ProvisionReport = {
  /** Streams and durables that were not there. */
  readonly created: readonly string[];
  /** Those with other settings, which are set right now. */
  readonly corrected: readonly string[];
  /** Those with settings that only a human may change, since it takes deleting the stream. */
  readonly different: readonly { readonly name: string; readonly differences: readonly Difference[] }[];
};

type Outcome = {
  readonly name: string;
  readonly done: 'kept' | 'created' | 'corrected' | { readonly differences: readonly Difference[] };
};

// The server refuses to change these on a living stream or durable.
const fixedSettings: readonly string[] = [
  'storage',
  'retention',
  'deny_delete',
  'deny_purge',
  'ack_policy',
  'deliver_policy',
  'replay_policy',
  'durable_name',
];

const foundOrUndefined = async <Info>(info: Promise<Info>): Promise<Info | undefined> => {
  try {
    return await info;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

const bring = async (
  name: string,
  expected: object,
  found: object | undefined,
  make: () => Promise<unknown>,
  correct: () => Promise<unknown>,
): Promise<Outcome> => {
  if (!found) {
    await make();
    return { name, done: 'created' };
  }
  const wrong = differences(expected, found);
  if (wrong.length === 0) return { name, done: 'kept' };
  if (wrong.some(({ setting }) => fixedSettings.includes(setting))) return { name, done: { differences: wrong } };
  await correct();
  return { name, done: 'corrected' };
};

const ensureStream = async (jsm: JetStreamManager, service: PublishingService, replicas: number): Promise<Outcome> => {
  const settings = streamConfig(service, { replicas });
  const found = await foundOrUndefined(jsm.streams.info(settings.name));
  // nats.js writes into what it is given
  const copy = (): StreamConfig => structuredClone(settings) as StreamConfig;
  return bring(
    settings.name,
    settings,
    found?.config,
    () => jsm.streams.add(copy()),
    () => jsm.streams.update(settings.name, copy()),
  );
};

const ensureConsumer = async (jsm: JetStreamManager, definition: ConsumerDefinition): Promise<Outcome> => {
  const settings = consumerConfig(definition);
  const stream = streamOf(definition.source);
  const found = await foundOrUndefined(jsm.consumers.info(stream, definition.durable));
  return bring(
    definition.durable,
    settings,
    found?.config,
    () => jsm.consumers.add(stream, { ...settings }),
    () => jsm.consumers.update(stream, definition.durable, { ...settings }),
  );
};

/** One pass over everything that the tables name; changes nothing that is right. */
export const ensureAll = async (jsm: JetStreamManager, replicas: number, log: MessagingLog): Promise<ProvisionReport> => {
  const outcomes: Outcome[] = [];
  for (const service of publishingServices) outcomes.push(await ensureStream(jsm, service, replicas));
  for (const definition of consumerTable) outcomes.push(await ensureConsumer(jsm, definition));
  const namesOf = (done: Outcome['done']) => outcomes.filter((outcome) => outcome.done === done).map(({ name }) => name);
  const report = {
    created: namesOf('created'),
    corrected: namesOf('corrected'),
    different: outcomes.flatMap(({ name, done }) => (typeof done === 'object' ? [{ name, differences: done.differences }] : [])),
  };
  if (report.created.length > 0) log.info({ created: report.created }, 'streams and durables were made');
  if (report.corrected.length > 0) log.warn({ corrected: report.corrected }, 'settings were corrected');
  for (const { name, differences: wrong } of report.different)
    log.error({ name }, `${describeDifferences(name, wrong)}; it must be deleted and made again`);
  return report;
};
