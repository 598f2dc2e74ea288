import { natsIdentities, upperSnake, type NatsIdentity } from '@latchkey/contracts';
import { permissionsOf } from './identity-permissions.js';

const quoted = (subjects: readonly string[]): string => subjects.map((subject) => `            "${subject}"`).join('\n');

const user = (identity: NatsIdentity): string => {
  const { publish, subscribe } = permissionsOf(identity);
  return `    # ${identity}
    {
      nkey: $LATCHKEY_NKEY_${upperSnake(identity)}
      permissions: {
        publish: {
          allow: [
${quoted(publish)}
          ]
        }
        subscribe: {
          allow: [
${quoted(subscribe)}
          ]
        }
      }
    }`;
};

/** `infra/nats/permissions.conf`: the users of the NATS server, whose public keys it reads from its environment. */
export const permissionsConf =
  (): string => `# Generated from packages/contracts by packages/messaging (src/permissions); do not edit.
# Again: node packages/messaging/dist/permissions/generate.js; is it stale?: the same with --check.
authorization {
  timeout: 5
  users: [
${natsIdentities.map(user).join('\n')}
  ]
}
`;
