import { describe, expect, it } from 'vitest';
import { testBackend } from './backend.js';

describe('testBackend', () => {
  it('is embedded unless containers are asked for', () => {
    expect(testBackend({})).toBe('embedded');
    expect(testBackend({ LATCHKEY_TEST_BACKEND: '' })).toBe('embedded');
    expect(testBackend({ LATCHKEY_TEST_BACKEND: 'containers' })).toBe('containers');
  });

  it('does not take a misspelling for the default, which would test something else than was asked for', () => {
    expect(() => testBackend({ LATCHKEY_TEST_BACKEND: 'container' })).toThrow(
      '"container"; set it to one of: embedded, containers',
    );
  });
});
