import { defineConfig } from 'vitest/config';

// Our own condition first, then Vite's defaults: the list replaces them. `resolve.conditions` alone does nothing for Node.
const conditions = ['@latchkey/source', 'module', 'node', 'development|production'];

const specs = (kind: 'unit' | 'int' | 'e2e') => [`{packages,services,tests}/*/{src,test}/**/*.${kind}.spec.ts`];

export default defineConfig({
  // Nest reads constructor types at run time; Node's own type stripping cannot write them.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  // The same for global set-ups, which Vitest loads in an environment of its own: without it they would run what was last built.
  environments: { __vitest__: { resolve: { conditions, externalConditions: conditions } } },
  test: {
    reporters: ['default', './tools/closing-line.mjs'],
    passWithNoTests: false,
    allowOnly: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    // The groups run one after another, cheapest first; within a group as many files at once as two cores carry.
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: specs('unit'), testTimeout: 20_000, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'int',
          include: specs('int'),
          // One Postgres for the whole run, started by the first spec that asks.
          globalSetup: ['./packages/testkit/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          teardownTimeout: 20_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: specs('e2e'),
          globalSetup: ['./tools/build-first.mjs'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          teardownTimeout: 60_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
