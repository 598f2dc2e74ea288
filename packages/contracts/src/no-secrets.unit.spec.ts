import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { signBatch } from './rpc/key-vault.js';
import type { RpcDefinition } from './define.js';
import { eventTable } from './event-table.js';
import { rpcReplyFrame, rpcTable } from './rpc-table.js';

type Json = { readonly [name: string]: unknown };
type Field = { readonly where: string; readonly name: string; readonly kind: 'text' | 'anything' };

/** What venues give out as secrets: Binance's, Bybit's, and a private key in PEM. A field that takes none of them cannot carry one. */
const secrets = ['aB3'.padEnd(64, 'xY9z'), 'aB3'.padEnd(36, 'xY9z'), `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n`];

const takesSecret = ({ type, enum: values, const: only, pattern, format, maxLength }: Json): boolean =>
  type === 'string' &&
  values === undefined &&
  only === undefined &&
  secrets.some(
    (secret) =>
      secret.length <= ((maxLength as number | undefined) ?? Number.POSITIVE_INFINITY) &&
      (pattern === undefined ? format === undefined : new RegExp(pattern as string).test(secret)),
  );

const isOpen = ({ type, $ref, anyOf, oneOf, allOf, enum: values, const: only }: Json): boolean =>
  [type, $ref, anyOf, oneOf, allOf, values, only].every((keyword) => keyword === undefined);

/** Every field of a schema that could hold a secret: by its type, whatever it is called. */
const fieldsOf = (schema: z.ZodType, where: string): readonly Field[] => {
  const walk = (node: unknown, name: string): readonly Field[] => {
    if (Array.isArray(node)) return node.flatMap((part) => walk(part, name));
    if (typeof node !== 'object' || node === null) return [];
    const part = node as Json;
    const { properties = {}, additionalProperties, items, anyOf, oneOf, allOf } = part;
    return [
      ...(takesSecret(part) ? [{ where, name, kind: 'text' } as const] : []),
      ...(isOpen(part) ? [{ where, name, kind: 'anything' } as const] : []),
      ...Object.entries(properties as Json).flatMap(([property, value]) => walk(value, property)),
      ...walk(
        [anyOf, oneOf, allOf, items, additionalProperties].filter((next) => next !== undefined),
        name,
      ),
    ];
  };
  return walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }), '');
};

const namesOf = (schema: z.ZodType): readonly string[] =>
  [...JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).matchAll(/"(\w+)":\{/g)].map(
    ([, name = '']) => name,
  );

const events = Object.entries(eventTable).map(([type, { data }]) => [`event ${type}`, data] as const);
const rows = Object.entries(rpcTable) as [string, RpcDefinition][];
const replies = [
  ...rows.map(([subject, { reply }]) => [`reply ${subject}`, reply] as const),
  ...rows.flatMap(([subject, { inSession }]) => (inSession ? [[`inside ${subject}`, inSession.reply] as const] : [])),
  ['every refusal', rpcReplyFrame] as const,
];
const told: readonly (readonly [string, z.ZodType])[] = [...events, ...replies];
const free = told.flatMap(([where, schema]) => fieldsOf(schema, where));

/** Names under which text of any form is told, and what it is. A new one has to be put here by somebody who has thought about it. */
const known: Readonly<Record<string, string>> = {
  acceptance: 'a JWS: public halves and names',
  actor: 'an opaque id',
  addresses: 'IP addresses',
  apiKey: 'the public half of a key pair, inside a session only',
  caller: 'a service',
  cause: 'a code',
  clientOrderId: 'an id',
  code: 'a code',
  baseAsset: 'an asset',
  quoteAsset: 'an asset',
  asset: 'an asset',
  feeAsset: 'an asset',
  field: 'a column',
  fillId: "a venue's id",
  frame: 'ciphertext of a session',
  granted: "a venue's names of rights",
  hash: 'a digest',
  instrument: 'a market or an asset',
  kid: 'a thumbprint',
  lane: 'an account and a symbol',
  leg: 'two characters',
  maskedKey: 'four characters, dots, four characters',
  message: 'a sentence of ours, or of a venue, without keys and signatures',
  name: "a strategy's name",
  publicKey: 'the public half of a pair',
  orderId: "a venue's or an alert's id",
  outcome: 'a code',
  ownerId: 'a user',
  reason: 'a code',
  service: 'a service',
  signature: 'of an event, or of one string that was asked for',
  signed: 'a JWS of a public key',
  symbol: 'a market',
  text: 'events as they were published',
  ticker: 'a market',
  type: 'the type of an event',
  userId: 'a user',
  warningCodes: 'codes',
  warnings: 'codes, or sentences of ours',
  x: 'half a public point',
  y: 'half a public point',
};

describe('what services say', () => {
  it('is looked at as a whole', () => {
    expect(events.length).toBe(Object.keys(eventTable).length);
    expect(replies.length).toBe(Object.keys(rpcTable).length + 2);
    expect(free.length).toBeGreaterThan(50);
  });

  it('has no field that is a secret by its name', () => {
    const names = told.flatMap(([where, schema]) => namesOf(schema).map((name) => `${where}: ${name}`));
    expect(names.length).toBeGreaterThan(400);
    expect(names.filter((name) => /: .*(secret|private|passw|seed|plain|cipher|mnemonic|dataKey)|: d$/i.test(name))).toEqual([]);
  });

  it('has no field that could carry one and is not known for what it is', () => {
    expect(free.filter(({ name, kind }) => kind === 'text' && known[name] === undefined)).toEqual([]);
    expect(Object.keys(known).filter((name) => !free.some((field) => field.name === name))).toEqual([]);
  });

  it('holds objects of any form in two places alone: data of events that were published before, and facts of a refusal', () => {
    const open = free.filter(({ kind }) => kind === 'anything').map(({ where, name }) => `${where}: ${name}`);
    expect(new Set(open)).toEqual(
      new Set([
        'reply qry.trade-executor.trade: data',
        'reply qry.audit.entries: data',
        'every refusal: value',
        'every refusal: details',
      ]),
    );
  });

  it('tells an API key nowhere but inside a session', () => {
    expect(free.filter(({ name }) => name === 'apiKey').map(({ where }) => where)).toEqual(['inside cmd.key-vault.session']);
  });

  it('would be found out: a field for a secret, by name or by form', () => {
    const leaking = z.strictObject({ apiSecret: z.string() });
    expect(fieldsOf(leaking, 'x')).toEqual([{ where: 'x', name: 'apiSecret', kind: 'text' }]);
    expect(fieldsOf(z.strictObject({ note: z.string().max(40) }), 'x')).toHaveLength(1);
    expect(fieldsOf(z.strictObject({ note: z.string().max(35), id: z.uuid(), n: z.number() }), 'x')).toEqual([]);
    expect(namesOf(leaking)).toContain('apiSecret');
  });
});

describe('what services are asked', () => {
  it('carries a secret into the vault alone, sealed', () => {
    const asked = [...rows.map(([subject, { request }]) => [subject, request] as const), ['inside', signBatch] as const];
    const named = asked.flatMap(([where, schema]) => namesOf(schema).map((name) => `${where}: ${name}`));
    expect(named.filter((name) => /: .*(secret|private|passw|seed|cipher)/i.test(name))).toEqual([
      'cmd.key-vault.save-credential: sealedSecret',
      'cmd.key-vault.import-credentials: secretEncrypted',
    ]);
  });
});
