import {
  consumerTable,
  headSubjectOf,
  inboxPrefixOf,
  ownerOf,
  publishingServices,
  rpcTable,
  serviceNames,
  type NatsIdentity,
  type PublishingService,
  type RpcSubject,
  type ServiceName,
} from '@latchkey/contracts';
import {
  consumerAcks,
  consumerCreate,
  consumerInfo,
  consumerNext,
  messageGet,
  streamCreate,
  streamInfo,
  streamUpdate,
} from './jetstream-subjects.js';

/** What one identity may do; everything that is not listed is refused. */
export type IdentityPermissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

const inboxOf = (identity: NatsIdentity): string => `${inboxPrefixOf(identity)}.>`;
const rpcs = Object.entries(rpcTable) as readonly (readonly [RpcSubject, { readonly callers: readonly ServiceName[] }])[];

const isPublishing = (service: ServiceName): service is PublishingService => publishingServices.some((name) => name === service);

const callsOf = (service: ServiceName): readonly string[] =>
  rpcs.filter(([, { callers }]) => callers.includes(service)).map(([subject]) => subject);

const answersOf = (service: ServiceName): readonly string[] =>
  rpcs.filter(([subject]) => ownerOf(subject) === service).map(([subject]) => subject);

/** A responder may publish to its callers' inboxes, whenever it likes: `allow_responses` would let it answer subjects of a caller's choosing. */
const answerInboxesOf = (service: ServiceName): readonly string[] =>
  rpcs.filter(([subject]) => ownerOf(subject) === service).flatMap(([, { callers }]) => callers.map(inboxOf));

const relayOf = (service: ServiceName): readonly string[] =>
  isPublishing(service) ? [`evt.${service}.>`, headSubjectOf(service), streamInfo(service), messageGet(service)] : [];

const ofService = (service: ServiceName): IdentityPermissions => {
  const consumers = consumerTable.filter((consumer) => consumer.service === service);
  return {
    publish: [
      ...callsOf(service),
      ...answerInboxesOf(service),
      ...relayOf(service),
      ...consumers.flatMap((consumer) => [consumerInfo(consumer), consumerNext(consumer), consumerAcks(consumer)]),
    ],
    subscribe: [inboxOf(service), ...answersOf(service), ...consumers.map(({ source }) => headSubjectOf(source))],
  };
};

/** Makes and corrects what the table names, and nothing else; it can neither delete nor purge, nor read a message. */
const provisioner: IdentityPermissions = {
  publish: [
    ...publishingServices.flatMap((service) => [streamInfo(service), streamCreate(service), streamUpdate(service)]),
    ...consumerTable.flatMap((consumer) => [consumerInfo(consumer), consumerCreate(consumer)]),
  ],
  subscribe: [inboxOf('provisioner')],
};

/** Reads everything, the stored too, and changes nothing. */
const observer: IdentityPermissions = {
  publish: [
    ...publishingServices.flatMap((service) => [streamInfo(service), messageGet(service)]),
    ...consumerTable.map(consumerInfo),
  ],
  subscribe: ['>'],
};

const unique = (subjects: readonly string[]): readonly string[] => [...new Set(subjects)].sort();

/** The allow lists of one NATS identity, from the tables of contracts alone. */
export const permissionsOf = (identity: NatsIdentity): IdentityPermissions => {
  const service = serviceNames.find((name) => name === identity);
  const { publish, subscribe } = service === undefined ? (identity === 'observer' ? observer : provisioner) : ofService(service);
  return { publish: unique(publish), subscribe: unique(subscribe) };
};
