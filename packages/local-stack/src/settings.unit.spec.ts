import { describe, expect, it } from 'vitest';
import { stackSettings } from './settings.js';

describe('the settings of npm start', () => {
  it('have defaults that need no configuration', () => {
    expect(stackSettings({})).toEqual({ PORT: 8080, LATCHKEY_VENUES: 'simulator', LOG_LEVEL: 'info' });
    expect(stackSettings({ PORT: '', LATCHKEY_VENUES: '' })).toMatchObject({ PORT: 8080, LATCHKEY_VENUES: 'simulator' });
  });

  it.each([
    { PORT: 'http' },
    { PORT: '0' },
    { PORT: '70000' },
    { LATCHKEY_VENUES: 'moon' },
    { LATCHKEY_EXECUTORS: '-1' },
    { LATCHKEY_EXECUTORS: '33' },
    { LOG_LEVEL: 'loud' },
  ])('refuse %j by name', (env) => {
    const [name = ''] = Object.keys(env);
    expect(() => stackSettings(env)).toThrow(
      expect.objectContaining({ code: 'stack.setting_invalid', message: expect.stringContaining(name) }),
    );
  });
});
