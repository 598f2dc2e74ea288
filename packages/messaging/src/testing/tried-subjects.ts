import { addressOf, natsIdentities, rpcTable, type RpcSubject } from '@latchkey/contracts';

export const streams = ['EVENTS_GATEWAY', 'EVENTS_KEY_VAULT', 'EVENTS_TRADE_EXECUTOR'] as const;
const durables = [
  'trade-executor-signals',
  'key-vault-halts',
  'audit-gateway',
  'audit-key-vault',
  'audit-trade-executor',
  'evil',
];
const filters = [
  'evt.gateway.signal.received.>',
  'evt.trade-executor.risk.>',
  'evt.gateway.>',
  'evt.key-vault.>',
  'evt.trade-executor.>',
  'cmd.>',
];
const services = ['gateway', 'key-vault', 'trade-executor', 'audit'];

const streamVerbs = [
  'INFO',
  'CREATE',
  'UPDATE',
  'DELETE',
  'PURGE',
  'MSG.GET',
  'MSG.DELETE',
  'SNAPSHOT',
  'RESTORE',
  'LEADER.STEPDOWN',
  'PEER.REMOVE',
];
const consumerVerbs = ['INFO', 'CREATE', 'DURABLE.CREATE', 'DELETE', 'MSG.NEXT', 'PAUSE', 'RESET', 'UNPIN', 'LEADER.STEPDOWN'];

/** The whole JetStream API, for every stream, durable and filter in every combination, and for names that do not exist. */
export const jetStreamSubjects: readonly string[] = [
  '$JS.API.INFO',
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.LIST',
  '$JS.API.SERVER.REMOVE',
  '$JS.API.META.LEADER.STEPDOWN',
  '$JS.API.ACCOUNT.PURGE.EVENTS',
  ...[...streams, 'EVIL'].flatMap((stream) => [
    ...streamVerbs.map((verb) => `$JS.API.STREAM.${verb}.${stream}`),
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.evt.gateway.signal.received.p01`,
    `$JS.API.CONSUMER.NAMES.${stream}`,
    `$JS.API.CONSUMER.LIST.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    ...durables.flatMap((durable) => [
      ...consumerVerbs.map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.${durable}`),
      ...filters.map((filter) => `$JS.API.CONSUMER.CREATE.${stream}.${durable}.${filter}`),
      `$JS.ACK.${stream}.${durable}.1.1.1.1.0`,
    ]),
  ]),
  '$JS.FC.EVENTS_GATEWAY.audit-gateway.x',
  '$JSC.R.x',
  '$KV.bucket.key',
  '$SYS.REQ.SERVER.PING',
  '$SYS.REQ.ACCOUNT.EVENTS.CONNZ',
];

export const eventSubjects: readonly string[] = services.map((service) => `evt.${service}.signal.received.p01`);
export const headSubjects: readonly string[] = services.map((service) => `head.${service}`);
export const inboxSubjects: readonly string[] = [...natsIdentities.map((identity) => `_INBOX_${identity}.x.y`), '_INBOX.x.y'];
/** What goes to one instance goes to any name: who that is, nobody knows before it has started. */
export const rpcSubjects: readonly string[] = (Object.keys(rpcTable) as RpcSubject[]).map((subject) =>
  addressOf(subject, 'some-instance'),
);

/** Everything that anybody could think of publishing to. */
export const publishAttempts: readonly string[] = [
  ...rpcSubjects,
  'cmd.key-vault.nothing',
  'cmd.key-vault.session',
  'cmd.key-vault.session.some-instance.more',
  'cmd.key-vault.open-session.some-instance',
  'cmd.key-vault.some.some-instance',
  'cmd.gateway.session.some-instance',
  'qry.gateway.nothing',
  ...eventSubjects,
  ...headSubjects,
  ...inboxSubjects,
  '_R_.forged.x',
  'NOWHERE.x',
  ...jetStreamSubjects,
];

/** Everything that anybody could think of listening to. */
export const subscribeAttempts: readonly string[] = [
  ...rpcSubjects,
  ...headSubjects,
  ...natsIdentities.map((identity) => `_INBOX_${identity}.>`),
  ...eventSubjects,
  ...services.map((service) => `evt.${service}.>`),
  '>',
  '*.>',
  'cmd.>',
  'qry.>',
  'evt.>',
  'head.>',
  '_INBOX.>',
  '_R_.>',
  '$JS.>',
  '$JS.API.>',
  '$JS.ACK.>',
  '$JS.EVENT.>',
  '$SYS.>',
  'cmd.key-vault.*',
  'cmd.key-vault.>',
  'cmd.key-vault.session',
  'cmd.key-vault.session.*',
  'cmd.key-vault.session.>',
  'cmd.*.session.*',
];
