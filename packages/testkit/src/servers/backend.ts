import { TestkitError } from '../errors.js';

const backends = ['embedded', 'containers'] as const;
export type TestBackend = (typeof backends)[number];

/**
 * Where specs get their servers from: `LATCHKEY_TEST_BACKEND`, processes of this machine unless set.
 *
 * @throws {TestkitError} `testkit.setting_invalid`
 */
export const testBackend = (env: NodeJS.ProcessEnv = process.env): TestBackend => {
  const wanted = env['LATCHKEY_TEST_BACKEND'] || 'embedded';
  const known = backends.find((name) => name === wanted);
  if (known !== undefined) return known;
  throw new TestkitError(
    'testkit.setting_invalid',
    `LATCHKEY_TEST_BACKEND is "${wanted}"; set it to one of: ${backends.join(', ')}, or leave it out`,
    { wanted },
  );
};
