import { eventParts } from './events.js';
import { rpcParts } from './rpcs.js';
import { createSchemas, type Json } from './schemas.js';

const description = `What the services of Latchkey say to each other over NATS: events on JetStream, commands and queries by request and reply.
Who may publish or subscribe what is enforced by the broker; its permissions (infra/nats) come from the same tables. Each identity has an account
of its own (ADR 0021), and its inbox is nobody else's.`;

/**
 * The AsyncAPI 3 document of the language between services, from the tables that run.
 *
 * @see https://www.asyncapi.com/docs/reference/specification/v3.0.0
 */
export const asyncApiDocument = (): Json => {
  const schemas = createSchemas();
  const events = eventParts(schemas);
  const rpcs = rpcParts(schemas);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Latchkey between its services',
      version: '0.1.0',
      description,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      nats: {
        host: '{host}',
        protocol: 'nats',
        description: 'NATS 2.14 or newer with JetStream; TLS with a pinned authority beyond loopback.',
        variables: { host: { default: '127.0.0.1:4222' } },
        security: [{ $ref: '#/components/securitySchemes/nkey' }],
      },
    },
    channels: { ...events.channels, ...rpcs.channels },
    operations: { ...events.operations, ...rpcs.operations },
    components: {
      messages: { ...events.messages, ...rpcs.messages },
      schemas: schemas.all(),
      securitySchemes: {
        nkey: {
          type: 'asymmetricEncryption',
          description: 'An nkey (Ed25519) per identity: the server sends a nonce, the client signs it.',
        },
      },
    },
  };
};
