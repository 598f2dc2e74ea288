import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from 'vitest';
import { consumerTable } from '../consumers.js';
import { eventTable } from '../event-table.js';
import { rpcTable } from '../rpc-table.js';
import { asyncApiDocument } from './document.js';

// As the parser numbers them.
const errorOrWarning: readonly number[] = [0, 1];

const parse = async (document: object) => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  return {
    parsed,
    problems: diagnostics
      .filter(({ severity }) => errorOrWarning.includes(severity))
      .map(({ message, path }) => `${path.join('/')}: ${message}`),
  };
};

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3 to a parser that others wrote, without a warning', async () => {
    const { parsed, problems } = await parse(asyncApiDocument());
    expect(problems).toEqual([]);
    expect(parsed?.version()).toBe('3.0.0');
  });

  it('is refused by that parser where a reference leads nowhere', async () => {
    const document = asyncApiDocument() as { channels: Record<string, { messages: object }> };
    Object.assign(document.channels['SignalReceived'] as object, { messages: { x: { $ref: '#/components/messages/NoSuch' } } });
    expect((await parse(document)).problems).not.toEqual([]);
  });

  it('has every event, command and query with its owner, its callers and its readers', async () => {
    const { parsed } = await parse(asyncApiDocument());
    const addresses = parsed
      ?.channels()
      .all()
      .map((channel) => channel.address());
    for (const { owner, subject } of Object.values(eventTable))
      expect(addresses?.some((address) => address?.startsWith(`evt.${owner}.${subject}`))).toBe(true);
    const operations = new Set(
      parsed
        ?.operations()
        .all()
        .map((operation) => operation.id()),
    );
    for (const [type, { owner }] of Object.entries(eventTable)) {
      expect(operations).toContain(`${owner}.publish.${type}`);
      expect(operations).toContain(`audit-${owner}.receive.${type}`);
    }
    for (const [subject, { callers }] of Object.entries(rpcTable))
      for (const caller of callers) expect(operations).toContain(`${caller}.call.${subject}`);
    const read = [...operations].filter((id) => id?.startsWith('trade-executor-signals.receive.'));
    expect(read).toEqual(['trade-executor-signals.receive.SignalReceived']);
    expect(consumerTable).toHaveLength(5);
  });

  it('keeps the schemas that events share in one place', () => {
    const { components } = asyncApiDocument() as { components: { schemas: Record<string, object> } };
    expect(JSON.stringify(components.schemas)).not.toContain('#/definitions/');
    expect(components.schemas).toHaveProperty('Decimal');
  });
});
