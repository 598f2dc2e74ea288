import { natsIdentities, type NatsIdentity } from '@latchkey/contracts';
import { accountOf, eventsAccount, grantsBy, grantsTo, identityAccounts, type Grant } from './grants.js';
import { permissionsOf } from './identity-permissions.js';

// Without an own import of `$JS.API.>` the server gives each account one, which answers "JetStream not enabled" beside the right answer.
const silence = 'NOWHERE.>';

const block = (name: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`    ${name}: [`, ...lines.map((line) => `      ${line}`), '    ]'];

const exported = ({ kind, subject, to, streamed }: Grant): string =>
  `{${kind}: "${subject}", accounts: [${to.map(accountOf).join(', ')}]${streamed ? ', response_type: stream' : ''}}`;

const imported = ({ kind, owner, subject }: Grant): string => `{${kind}: {account: ${owner}, subject: "${subject}"}}`;

const allow = (name: string, subjects: readonly string[]): readonly string[] => [
  `      ${name}: {allow: [`,
  ...subjects.map((subject) => `        "${subject}"`),
  '      ]}',
];

const user = (identity: NatsIdentity): readonly string[] => {
  const { publish, subscribe } = permissionsOf(identity);
  return [
    `    users: [{nkey: $LATCHKEY_NKEY_${accountOf(identity)}, permissions: {`,
    ...allow('publish', publish),
    ...allow('subscribe', subscribe),
    '    }}]',
  ];
};

const identityAccount = (identity: NatsIdentity): readonly string[] => [
  `  ${accountOf(identity)}: {`,
  ...user(identity),
  ...block('exports', grantsBy(accountOf(identity)).map(exported)),
  ...block('imports', [
    ...grantsTo(identity).map(imported),
    `{service: {account: ${eventsAccount}, subject: "${silence}"}, to: "$JS.API.>"}`,
  ]),
  '  }',
];

const streamsAccount = (): readonly string[] => [
  `  ${eventsAccount}: {`,
  '    jetstream: enabled',
  ...block('exports', [
    ...grantsBy(eventsAccount).map(exported),
    `{service: "${silence}", accounts: [${identityAccounts.join(', ')}]}`,
  ]),
  '  }',
];

/** `infra/nats/permissions.conf`: accounts, users and what each may do; the users' public keys are read from the environment. */
export const permissionsConf = (): string =>
  [
    '# Generated from packages/contracts by packages/messaging (src/permissions); do not edit.',
    '# Again: node packages/messaging/dist/permissions/generate.js; is it stale?: the same with --check.',
    '# Why an account each: docs/adr/0021-a-nats-account-per-identity.md',
    'accounts {',
    ...streamsAccount(),
    ...natsIdentities.flatMap(identityAccount),
    '}',
    '',
  ].join('\n');
