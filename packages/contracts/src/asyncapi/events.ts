import { z } from 'zod';
import { consumerTable } from '../consumers.js';
import { envelope } from '../envelope.js';
import { eventTable, type EventType } from '../event-table.js';
import type { EventDefinition } from '../define.js';
import { partitionCount, partitionToken } from '../partitions.js';
import { headSubjectOf, publishingServices, streamOf } from '../services.js';
import type { Json, Schemas } from './schemas.js';

const rows: readonly (readonly [EventType, EventDefinition])[] = Object.entries(eventTable) as [EventType, EventDefinition][];

const partition = {
  description: 'Hash of the field that orders the events: SHA-256, first 32 bits, modulo the number of partitions.',
  enum: Array.from({ length: partitionCount }, (_, i) => partitionToken(i)),
};

const addressOf = ({ owner, subject, partitionBy }: EventDefinition): string =>
  `evt.${owner}.${subject}${partitionBy === undefined ? '' : '.{partition}'}`;

const signatureHeader = {
  type: 'object',
  required: ['Latchkey-Signature'],
  properties: {
    'Latchkey-Signature': {
      type: 'string',
      description: "Ed25519 over subject and payload by the owner's message key; consumers refuse what does not fit (ADR 0013).",
    },
  },
} as const;

const eventMessage = ([type, { v, data }]: readonly [EventType, EventDefinition], schemas: Schemas): Json => ({
  name: type,
  title: `${type} v${v}`,
  contentType: 'application/cloudevents+json',
  headers: signatureHeader,
  payload: schemas.add(`${type}Event`, envelope.extend({ type: z.literal(type), eventversion: z.literal(v), data })),
});

const eventChannel = ([type, row]: readonly [EventType, EventDefinition]): Json => ({
  address: addressOf(row),
  description: `On the JetStream stream ${streamOf(row.owner)}, written by the relay of ${row.owner} alone, ordered and without gaps.`,
  messages: { [type]: { $ref: `#/components/messages/${type}` } },
  ...(row.partitionBy !== undefined && {
    parameters: { partition: { ...partition, description: `${partition.description} Here of \`${row.partitionBy}\`.` } },
  }),
});

/** Whether a consumer's filter takes a subject: `>` at its end stands for one or more tokens. */
const takes = (filter: string, { owner, subject, partitionBy }: EventDefinition): boolean =>
  `evt.${owner}.${subject}${partitionBy === undefined ? '' : '.p'}`.startsWith(filter.replace(/>$/, ''));

const published = ([type, { owner }]: readonly [EventType, EventDefinition]): readonly [string, Json] => [
  `${owner}.publish.${type}`,
  {
    action: 'send',
    summary: `${owner} publishes ${type}`,
    channel: { $ref: `#/channels/${type}` },
    messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
  },
];

const consumed = rows.flatMap(([type, row]) =>
  consumerTable
    .filter(({ source, filter }) => source === row.owner && takes(filter, row))
    .map(({ durable, service }): readonly [string, Json] => [
      `${durable}.receive.${type}`,
      {
        action: 'receive',
        summary: `${service} reads ${type} by its durable ${durable}`,
        channel: { $ref: `#/channels/${type}` },
        messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
      },
    ]),
);

const head = z.strictObject({ epoch: z.int().positive(), logseq: z.int().nonnegative() });

/** Channels, messages and operations of everything that is published. */
export const eventParts = (schemas: Schemas): { readonly channels: Json; readonly messages: Json; readonly operations: Json } => {
  const heads = publishingServices.map((service) => [`${service}.head`, service] as const);
  return {
    channels: {
      ...Object.fromEntries(rows.map((row) => [row[0], eventChannel(row)])),
      ...Object.fromEntries(
        heads.map(([name, service]) => [
          name,
          {
            address: headSubjectOf(service),
            description: `The newest \`logseq\` of ${service}, every 2 s by plain NATS: a consumer that stays behind it asks for its gap.`,
            messages: { Head: { $ref: '#/components/messages/Head' } },
          },
        ]),
      ),
    },
    messages: {
      ...Object.fromEntries(rows.map((row) => [row[0], eventMessage(row, schemas)])),
      Head: { name: 'Head', contentType: 'application/json', payload: schemas.add('Head', head) },
    },
    operations: {
      ...Object.fromEntries([...rows.map(published), ...consumed]),
      ...Object.fromEntries(
        heads.map(([name, service]) => [
          `${service}.announce.head`,
          { action: 'send', summary: `${service} announces its head`, channel: { $ref: `#/channels/${name}` } },
        ]),
      ),
    },
  };
};
