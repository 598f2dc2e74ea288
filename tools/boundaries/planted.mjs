// One violation of each rule, and next to it what the rule must leave alone. proofs.mjs puts them into a copy of the tree.
// A path ends in the rule's reason to exist: a service, a domain folder, a spec. Names begin with `planted-`, which nothing real does.

const editJson = (change) => (text) => {
  const value = JSON.parse(text);
  change(value);
  return JSON.stringify(value);
};

/** A package host that exists nowhere, for the rule about hosts. */
export const plantedHost = 'packages.planted.example';

/** @type {readonly {rule: string, file: string, text?: string, edit?: (text: string) => string}[]} */
export const violations = [
  {
    rule: 'service-imports-no-service',
    file: 'services/gateway/src/planted-neighbour.ts',
    text: "import * as executor from '../../trade-executor/src/main.js';\nexport const neighbour = executor;\n",
  },
  {
    rule: 'service-imports-no-service',
    file: 'services/audit/src/planted-neighbour-by-name.ts',
    text: "import * as vault from '@latchkey/key-vault';\nexport const neighbour = vault;\n",
  },
  {
    rule: 'package-imports-no-service',
    file: 'packages/messaging/src/planted-service.ts',
    text: "import * as gateway from '../../../services/gateway/src/main.js';\nexport const service = gateway;\n",
  },
  {
    rule: 'no-deep-import',
    file: 'packages/sealing/src/planted-deep.ts',
    text: "export { systemClock as inner } from '../../kernel/src/clock.js';\n",
  },
  {
    rule: 'only-trade-executor-imports-ccxt',
    file: 'services/gateway/src/planted-ccxt.ts',
    text: "import ccxt from 'ccxt';\nexport const client = ccxt;\n",
  },
  {
    rule: 'only-trade-executor-imports-ccxt',
    file: 'packages/exchange-simulator/src/planted-ccxt-type.ts',
    text: "import type { Exchange } from 'ccxt';\nexport type Client = Exchange;\n",
  },
  {
    rule: 'domain-is-pure',
    file: 'services/trade-executor/src/domain/planted/planted-adapter.ts',
    text: "import { Injectable } from '@nestjs/common';\nexport const framework = Injectable;\n",
  },
  {
    rule: 'domain-is-pure',
    file: 'services/audit/src/domain/planted/planted-store.ts',
    text: "import * as store from '@latchkey/event-store';\nexport const kept = store;\n",
  },
  {
    rule: 'domain-uses-no-node-io',
    file: 'services/audit/src/domain/planted/planted-files.ts',
    text: "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
  },
  {
    rule: 'domain-uses-no-node-io',
    file: 'packages/kernel/src/planted-sockets.ts',
    text: "import { connect } from 'node:net';\nexport const open = connect;\n",
  },
  {
    rule: 'kernel-crypto-in-few-files',
    file: 'packages/kernel/src/planted-hash.ts',
    text: "import { createHash } from 'node:crypto';\nexport const hash = createHash;\n",
  },
  {
    rule: 'arrows-point-inward',
    file: 'services/gateway/src/domain/planted/planted-outward.ts',
    text: "export { port as outward } from '../../app/planted-port.js';\n",
  },
  {
    rule: 'app-knows-no-adapter',
    file: 'services/gateway/src/app/planted-use-case.ts',
    text: "export { adapter as chosen } from '../adapters/planted-adapter.js';\n",
  },
  {
    rule: 'testkit-in-specs-only',
    file: 'services/gateway/src/planted-testkit.ts',
    text: "import * as testkit from '@latchkey/testkit';\nexport const kit = testkit;\n",
  },
  {
    rule: 'testkit-in-specs-only',
    file: 'services/gateway/src/planted-testing.ts',
    text: "export { builder as built } from './testing/planted-builder.js';\n",
  },
  {
    rule: 'no-cycle',
    file: 'packages/contracts/src/planted-chicken.ts',
    text: "import { egg } from './planted-egg.js';\nexport const chicken = (): unknown => egg;\n",
  },
  {
    rule: 'no-unresolved-import',
    file: 'packages/contracts/src/planted-unresolved.ts',
    text: "import { connect } from '@nats-io/transport-node';\nexport const open = connect;\n",
  },
  {
    rule: 'no-undeclared-dependency',
    file: 'packages/contracts/src/planted-undeclared.ts',
    text: "import { createServer } from 'vite';\nexport const serve = createServer;\n",
  },
  {
    rule: 'no-dev-dependency-at-run-time',
    file: 'packages/exchange-simulator/src/planted-dev-library.ts',
    text: "import ccxt from 'ccxt';\nexport const client = ccxt;\n",
  },
  {
    rule: 'no-dev-dependency-at-run-time',
    file: 'services/trade-executor/src/planted-simulator.ts',
    text: "import * as simulator from '@latchkey/exchange-simulator';\nexport const venue = simulator;\n",
  },
  {
    rule: 'encryption-key-in-key-vault-only',
    file: 'services/gateway/src/planted-key.ts',
    text: "export const key = process.env['ENCRYPTION_KEY'];\n",
  },
  {
    rule: 'encryption-key-never-read-back',
    file: 'packages/local-stack/src/planted-read-back.ts',
    text: "export const key = (child: NodeJS.Process) => child.env['ENCRYPTION_KEY'];\n",
  },
  {
    rule: 'encryption-key-never-read-back',
    file: 'packages/service-kit/src/planted-config.ts',
    text: 'export const config = () => {\n  const { PORT, ENCRYPTION_KEY } = process.env;\n  return [PORT, ENCRYPTION_KEY];\n};\n',
  },
  {
    rule: 'cipher-in-key-vault-only',
    file: 'packages/service-kit/src/planted-cipher.ts',
    text: "import { createDecipheriv } from 'node:crypto';\nexport const open = createDecipheriv;\n",
  },
  {
    rule: 'cipher-in-key-vault-only',
    file: 'packages/sealing/src/session/planted-cipher.ts',
    text: "import { createCipheriv } from 'node:crypto';\nexport const seal = createCipheriv;\n",
  },
  {
    rule: 'events-table-in-event-store-only',
    file: 'services/gateway/src/adapters/planted-insert.ts',
    text: 'export const sql = `\n  INSERT INTO public."events"\n    (id) VALUES ($1)`;\n',
  },
  {
    rule: 'events-table-in-event-store-only',
    file: 'services/audit/src/adapters/planted-drizzle.ts',
    text: 'declare const db: { update: (table: unknown) => unknown };\ndeclare const schema: { events: unknown };\nexport const run = () => db.update(schema.events);\n',
  },
  {
    rule: 'events-table-in-event-store-only',
    file: 'services/audit/migrations/9999_planted.sql',
    text: "-- a migration that mends the record by hand\nupdate events set payload = '{}';\n",
  },
  {
    rule: 'domain-takes-time-as-input',
    file: 'services/gateway/src/domain/planted/planted-clock.ts',
    text: 'export const age = (then: number) => Date.now() - then;\n',
  },
  {
    rule: 'domain-takes-time-as-input',
    file: 'packages/kernel/src/planted-today.ts',
    text: 'export const today = () => new Date();\n',
  },
  {
    rule: 'domain-takes-time-as-input',
    file: 'packages/audit-record/src/planted-now.ts',
    text: 'export const now = () => Date.now();\n',
  },
  {
    rule: 'domain-takes-randomness-as-input',
    file: 'services/key-vault/src/domain/planted/planted-dice.ts',
    text: 'export const dice = () => Math.random();\n',
  },
  {
    rule: 'domain-takes-randomness-as-input',
    file: 'services/key-vault/src/domain/planted/planted-nonce.ts',
    text: "import { randomBytes } from 'node:crypto';\nexport const nonce = () => randomBytes(12);\n",
  },
  {
    rule: 'domain-does-no-io',
    file: 'services/trade-executor/src/domain/planted/planted-fetch.ts',
    text: "export const price = () => fetch('https://example.org/price');\n",
  },
  {
    rule: 'errors-carry-a-code',
    file: 'services/gateway/src/app/planted-error.ts',
    text: "export const fail = () => {\n  throw new Error('no');\n};\n",
  },
  {
    rule: 'errors-carry-a-code',
    file: 'packages/contracts/src/planted-error.ts',
    text: "export const fail = () => Promise.reject(new TypeError('no'));\n",
  },
  {
    rule: 'no-enum',
    file: 'packages/contracts/src/planted-enum.ts',
    text: "export enum Side {\n  Buy = 'buy',\n}\n",
  },
  {
    rule: 'specs-wait-for-conditions',
    file: 'packages/contracts/src/planted-sleep.unit.spec.ts',
    text: 'export const nap = async () => {\n  await new Promise((resolve) => setTimeout(resolve, 100));\n};\n',
  },
  {
    rule: 'nothing-unfinished',
    file: 'packages/contracts/src/planted-later.ts',
    text: '// TODO: think\nexport const later = 1;\n',
  },
  {
    rule: 'typescript(no-floating-promises)', // needs types: proves that the type-aware half of oxlint runs
    file: 'services/gateway/src/planted-floating.ts',
    text: 'const work = async () => Promise.resolve(1);\nexport const start = () => {\n  work();\n};\n',
  },
  {
    rule: 'typescript(no-explicit-any)',
    file: 'packages/contracts/src/planted-any.ts',
    text: 'export const loose = (value: any): unknown => value;\n',
  },
  {
    rule: 'import(no-default-export)',
    file: 'packages/contracts/src/planted-default.ts',
    text: 'const nameless = 1;\nexport default nameless;\n',
  },
  {
    rule: 'eslint(no-console)',
    file: 'services/audit/src/planted-print.ts',
    text: "export const say = () => console.log('hello');\n",
  },
  {
    rule: 'node(no-process-env)',
    file: 'services/audit/src/planted-setting.ts',
    text: "export const port = () => process.env['PORT'];\n",
  },
  {
    rule: 'references-equal-dependencies',
    file: 'packages/contracts/tsconfig.json',
    edit: editJson((tsconfig) => tsconfig.references.push({ path: '../sealing' })),
  },
  {
    rule: 'references-equal-dependencies',
    file: 'tsconfig.json',
    edit: editJson((tsconfig) => tsconfig.references.pop()),
  },
  {
    rule: 'versions-are-exact',
    file: 'services/audit/package.json',
    edit: (text) => text.replace(/"zod": "/, '"zod": "^'),
  },
  {
    rule: 'lock-names-no-host',
    file: 'pnpm-lock.yaml',
    edit: (text) =>
      text.replace('resolution: {', `resolution: {tarball: ${['https:', '', 'packages.example.org', 'x.tgz'].join('/')}, `),
  },
  {
    rule: 'no-machine-path',
    file: 'docs/planted-path.md',
    text: `Run it in ${['', 'home', 'alice', 'latchkey', ''].join('/')}.\n`,
  },
  {
    rule: 'no-registry-host',
    file: 'docs/planted-host.md',
    text: `Install from ${plantedHost}.\n`,
  },
  {
    rule: 'no-merge-marker',
    file: 'docs/planted-merge.md',
    text: `${'<'.repeat(7)} HEAD\nOne of us.\n`,
  },
  {
    rule: 'names-say-what-is-inside',
    file: 'packages/contracts/src/planted/utils.ts',
    text: 'export const anything = 1;\n',
  },
];

/** Files that break no rule although they come close, and those that the violations above need to stand on. */
export const harmless = [
  {
    file: 'services/trade-executor/src/adapters/exchange/planted-client.unit.spec.ts',
    text: "import fc from 'fast-check';\nimport { it } from 'vitest';\nexport const tools = [fc, it];\n",
  },
  {
    file: 'services/trade-executor/src/adapters/exchange/planted-client.ts',
    text: "import ccxt from 'ccxt';\nexport const client = ccxt;\n",
  },
  {
    file: 'packages/exchange-simulator/src/planted-real-client.int.spec.ts',
    text: "import ccxt from 'ccxt';\nimport { expect } from 'vitest';\nexport const checks = () => expect(ccxt).toBeDefined();\n",
  },
  {
    file: 'services/key-vault/src/planted-cipher.ts',
    text: "import { createCipheriv } from 'node:crypto';\nexport const seal = createCipheriv;\nexport const name = 'ENCRYPTION_KEY';\n",
  },
  {
    file: 'packages/local-stack/src/planted-launch.ts',
    text: "export const launch = (env: Record<string, string>, key: string) => {\n  env['ENCRYPTION_KEY'] = key;\n  return { ...env, ENCRYPTION_KEY: key };\n};\nexport const given = (env: NodeJS.ProcessEnv) => env['ENCRYPTION_KEY'] !== undefined;\n",
  },
  {
    file: 'services/gateway/src/planted-comment.ts',
    text: "// ENCRYPTION_KEY and createCipheriv live in the vault; here nobody says `update events` or new Error().\nexport const url = 'https://example.org'; // throw new Error\n",
  },
  {
    file: 'services/gateway/src/planted-grants.ts',
    text: "export const grants = 'grant insert, update, delete on events to relay';\nexport const read = 'select * from events';\nexport const other = 'insert into events_seen (id) values ($1)';\n",
  },
  {
    file: 'services/audit/src/domain/planted/planted-merkle.ts',
    text: "import { createHash } from 'node:crypto';\nexport const leaf = (bytes: Uint8Array, at: string) => [createHash('sha256').update(bytes).digest(), new Date(at)];\n",
  },
  {
    file: 'services/gateway/src/planted-spec-with-testkit.int.spec.ts',
    text: "import * as testkit from '@latchkey/testkit';\nexport const kit = () => testkit;\n",
  },
  {
    file: 'services/trade-executor/src/planted-simulator-type.ts',
    text: "import type * as simulator from '@latchkey/exchange-simulator';\nexport type Venue = typeof simulator;\n",
  },
  {
    file: 'services/gateway/src/testing/planted-builder.ts',
    text: "import * as testkit from '@latchkey/testkit';\nexport const builder = testkit;\n",
  },
  {
    file: 'packages/exchange-simulator/src/testing/planted-real-client.ts',
    text: "import ccxt from 'ccxt';\nexport const client = ccxt;\n",
  },
  {
    file: 'services/gateway/src/app/planted-port.ts',
    text: 'export const port = 1;\n',
  },
  {
    file: 'services/gateway/src/adapters/planted-adapter.ts',
    text: "export { port as adapter } from '../app/planted-port.js';\n",
  },
  {
    file: 'packages/contracts/src/planted-egg.ts',
    text: "import { chicken } from './planted-chicken.js';\nexport const egg = (): unknown => chicken;\n",
    also: 'no-cycle', // the other half of the planted cycle: a cycle may be reported from either end
  },
];
