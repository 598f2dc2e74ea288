import {
  callerNames,
  consumerTable,
  headSubjectOf,
  natsIdentities,
  ownerOf,
  patternOf,
  publishingServices,
  rpcTable,
  upperSnake,
  type CallerName,
  type NatsIdentity,
  type PublishingService,
  type RpcSubject,
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

/** The NATS account of an identity: one each, so that a reply can never leave for a subject that its caller may not use itself. */
export const accountOf = (identity: NatsIdentity): string => upperSnake(identity);

/** The account that holds the streams, and in which nobody logs in. */
export const eventsAccount = 'EVENTS';

/**
 * One subject that one account offers to identities of others: `service` (they may publish to it and get replies) or `stream` (they may
 * listen). Everything that crosses accounts stands in this list; nothing else does.
 */
export type Grant = {
  readonly kind: 'service' | 'stream';
  readonly owner: string;
  readonly subject: string;
  readonly to: readonly NatsIdentity[];
  /** More than one message answers a request. */
  readonly streamed?: true;
};

const rpcs = Object.entries(rpcTable) as readonly (readonly [RpcSubject, { readonly callers: readonly CallerName[] }])[];

const callGrants: readonly Grant[] = rpcs.map(([subject, { callers }]) => ({
  kind: 'service',
  owner: accountOf(ownerOf(subject)),
  subject: patternOf(subject),
  to: callers,
}));

const streamGrants = (service: PublishingService): readonly Grant[] => [
  { kind: 'service', owner: eventsAccount, subject: `evt.${service}.>`, to: [service] },
  { kind: 'service', owner: eventsAccount, subject: streamInfo(service), to: [service, 'provisioner', 'observer'] },
  { kind: 'service', owner: eventsAccount, subject: messageGet(service), to: [service, 'observer'] },
  { kind: 'service', owner: eventsAccount, subject: streamCreate(service), to: ['provisioner'] },
  { kind: 'service', owner: eventsAccount, subject: streamUpdate(service), to: ['provisioner'] },
  {
    kind: 'stream',
    owner: accountOf(service),
    subject: headSubjectOf(service),
    to: consumerTable.filter(({ source }) => source === service).map((consumer) => consumer.service),
  },
];

const consumerGrants: readonly Grant[] = consumerTable.flatMap((consumer): readonly Grant[] => [
  { kind: 'service', owner: eventsAccount, subject: consumerInfo(consumer), to: [consumer.service, 'provisioner', 'observer'] },
  { kind: 'service', owner: eventsAccount, subject: consumerNext(consumer), to: [consumer.service], streamed: true },
  { kind: 'service', owner: eventsAccount, subject: consumerAcks(consumer), to: [consumer.service] },
  { kind: 'service', owner: eventsAccount, subject: consumerCreate(consumer), to: ['provisioner'] },
]);

const observed: readonly Grant[] = [eventsAccount, ...callerNames.map(accountOf), accountOf('provisioner')].map((owner) => ({
  kind: 'stream',
  owner,
  subject: '>',
  to: ['observer'],
}));

/** Who may reach what across accounts, from the tables of contracts alone. */
export const grants: readonly Grant[] = [
  ...callGrants,
  ...publishingServices.flatMap(streamGrants),
  ...consumerGrants,
  ...observed,
];

export const grantsTo = (identity: NatsIdentity): readonly Grant[] => grants.filter(({ to }) => to.includes(identity));
export const grantsBy = (account: string): readonly Grant[] => grants.filter(({ owner }) => owner === account);

/** Every account with somebody in it. */
export const identityAccounts: readonly string[] = natsIdentities.map(accountOf);
