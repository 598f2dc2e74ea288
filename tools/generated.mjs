// Files in the repository that a program writes. `npm run check` runs each command, which must write into a temporary folder,
// compare, and end non-zero naming what differs and the command that brings it up to date. Scripts run from `dist`: types come first.
// Call the source `src/generate.ts` or `src/generate-<what>.ts`: knip takes those for entries.

/** @type {readonly {name: string, command: readonly string[]}[]} */
export const generated = [
  { name: 'infra/nats', command: ['packages/messaging/dist/permissions/generate.js', '--check'] },
  { name: 'docs/configuration.md, .env.example', command: ['tools/generate-configuration.mjs', '--check'] },
  { name: 'docs/errors.md, docs/openapi.json', command: ['services/gateway/dist/generate-documents.js', '--check'] },
  { name: 'docs/asyncapi.json', command: ['packages/contracts/dist/generate-asyncapi.js', '--check'] },
];
