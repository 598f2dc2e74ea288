import { describe, expect, it } from 'vitest';
import { AppError, assertNever, isAppError, messageOf } from './app-error.js';

class SampleError extends AppError<'sample.first' | 'sample.second'> {}

describe('an error of ours', () => {
  it('carries its code, its details and its cause', () => {
    const cause = new RangeError('inner');
    const error = new SampleError('sample.first', 'it went wrong; do this', { id: 7 }, { cause });
    expect(error).toMatchObject({ name: 'SampleError', code: 'sample.first', details: { id: 7 }, cause });
    expect(isAppError(error)).toBe(true);
    expect(isAppError(error, 'sample.second')).toBe(false);
    expect(isAppError(cause)).toBe(false);
  });

  it('says something of whatever was thrown', () => {
    expect(messageOf(new RangeError('inner'))).toBe('inner');
    expect(messageOf('text')).toBe('text');
  });
});

it('a case nobody handles fails loudly', () => {
  expect(() => assertNever({ type: 'Surprise' } as never)).toThrow(expect.objectContaining({ details: { kind: 'Surprise' } }));
});
