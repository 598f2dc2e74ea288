import { z } from 'zod';
import type { RpcDefinition } from '../define.js';
import { ownerOf, rpcReplyFrame, rpcTable, type RpcSubject } from '../rpc-table.js';
import { callerNames, inboxPrefixOf } from '../services.js';
import type { Json, Schemas } from './schemas.js';

const rows = Object.entries(rpcTable) as readonly (readonly [RpcSubject, RpcDefinition])[];

/** `cmd.key-vault.open-session` → `KeyVaultOpenSession`: names of messages and schemas. */
const pascal = (subject: string): string =>
  subject
    .split('.')
    .slice(1)
    .flatMap((token) => token.split('-'))
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');

const [, refusal] = rpcReplyFrame.options;

const requestHeaders = {
  type: 'object',
  required: ['Latchkey-Caller'],
  properties: {
    'Latchkey-Caller': {
      type: 'string',
      enum: callerNames,
      description: 'Who calls; worth as much as the permissions of the broker.',
    },
    traceparent: { type: 'string', description: 'W3C trace context.' },
  },
} as const;

const howItTravels = ({ signed, perInstance, inSession, deadlineMs }: RpcDefinition, subject: string): string =>
  [
    `The answer is waited for ${deadlineMs} ms.`,
    signed
      ? 'The request travels as a compact JWS (EdDSA, the caller’s message key) whose claim `body` is this payload; one that is old, replayed, or not by an allowed caller is refused.'
      : 'The request travels as it is.',
    ...(perInstance === true ? ['It goes to the one instance that the subject names.'] : []),
    ...(inSession
      ? [
          `The frames are those of a session: encrypted, authenticated, counted. They hold \`${pascal(subject)}Question\` and \`${pascal(subject)}Answer\`.`,
        ]
      : []),
  ].join(' ');

const requestMessage = ([subject, row]: (typeof rows)[number], schemas: Schemas): Json => ({
  name: `${pascal(subject)}Request`,
  contentType: row.signed ? 'application/jose' : 'application/json',
  headers: requestHeaders,
  payload: schemas.add(`${pascal(subject)}Request`, row.request),
});

const replyMessage = ([subject, row]: (typeof rows)[number], schemas: Schemas): Json => ({
  name: `${pascal(subject)}Reply`,
  contentType: 'application/json',
  payload: schemas.add(
    `${pascal(subject)}Reply`,
    z.discriminatedUnion('ok', [z.strictObject({ ok: z.literal(true), value: row.reply }), refusal]),
  ),
});

const addContents = ([subject, { inSession }]: (typeof rows)[number], schemas: Schemas): void => {
  if (!inSession) return;
  schemas.add(`${pascal(subject)}Question`, inSession.request);
  schemas.add(`${pascal(subject)}Answer`, inSession.reply);
};

const channelsOf = ([subject, row]: (typeof rows)[number]): Json => ({
  [subject]: {
    address: row.perInstance === true ? `${subject}.{instance}` : subject,
    ...(row.perInstance === true
      ? { parameters: { instance: { description: 'One process of the owner, by a name that is unique to its start.' } } }
      : {}),
    description: `Request and reply (plain NATS)${row.perInstance === true ? '' : `; instances of ${ownerOf(subject)} share the work`}. ${howItTravels(row, subject)}`,
    messages: { request: { $ref: `#/components/messages/${pascal(subject)}Request` } },
  },
  [`${subject}.reply`]: {
    address: null,
    description: `The caller’s own inbox (${row.callers.map((caller) => `\`${inboxPrefixOf(caller)}.>\``).join(', ')}).`,
    messages: { reply: { $ref: `#/components/messages/${pascal(subject)}Reply` } },
  },
});

const operationsOf = ([subject, row]: (typeof rows)[number]): Json => {
  const reply = {
    address: { location: '$message.header#/reply', description: 'the reply subject that NATS carries with the request' },
    channel: { $ref: `#/channels/${subject}.reply` },
    messages: [{ $ref: `#/channels/${subject}.reply/messages/reply` }],
  };
  const common = {
    channel: { $ref: `#/channels/${subject}` },
    messages: [{ $ref: `#/channels/${subject}/messages/request` }],
    reply,
  };
  return {
    [`${ownerOf(subject)}.answer.${subject}`]: {
      action: 'receive',
      summary: `${ownerOf(subject)} answers ${subject}`,
      ...common,
    },
    ...Object.fromEntries(
      row.callers.map((caller) => [
        `${caller}.call.${subject}`,
        { action: 'send', summary: `${caller} calls ${subject}`, ...common },
      ]),
    ),
  };
};

/** Channels, messages and operations of every command and query. */
export const rpcParts = (schemas: Schemas): { readonly channels: Json; readonly messages: Json; readonly operations: Json } => {
  for (const row of rows) addContents(row, schemas);
  return partsOf(schemas);
};

const partsOf = (schemas: Schemas): ReturnType<typeof rpcParts> => ({
  channels: Object.assign({}, ...rows.map(channelsOf)) as Json,
  messages: Object.fromEntries(
    rows.flatMap((row) => [
      [`${pascal(row[0])}Request`, requestMessage(row, schemas)],
      [`${pascal(row[0])}Reply`, replyMessage(row, schemas)],
    ]),
  ),
  operations: Object.assign({}, ...rows.map(operationsOf)) as Json,
});
