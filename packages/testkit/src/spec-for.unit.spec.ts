import { AppError, type Decider } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { specFor } from './spec-for.js';

type Opened = { readonly type: 'Opened'; readonly v: 1; readonly data: { readonly by: string } };
const door: Decider<{ readonly open: boolean }, { readonly type: 'Open' | 'Knock' | 'Break' | 'Trip' }, Opened> = {
  initial: { open: false },
  evolve: () => ({ open: true }),
  decide: ({ type }, { open }) => {
    if (type === 'Break') throw new AppError('door.not_yours', 'somebody else owns this door');
    if (type === 'Trip') throw new TypeError('a fault of the decider itself');
    return type === 'Open' && !open ? [{ type: 'Opened', v: 1, data: { by: 'ann' } }] : [];
  },
};
const opened: Opened = { type: 'Opened', v: 1, data: { by: 'ann' } };

describe('specFor', () => {
  const spec = specFor(door);

  it('passes what the decider says', () => {
    spec.given().when({ type: 'Open' }).then(opened);
    spec.given(opened).when({ type: 'Open' }).thenNothing();
    spec.given().when({ type: 'Break' }).thenFails('door.not_yours');
  });

  it.each([
    [
      'other events',
      () =>
        spec
          .given()
          .when({ type: 'Open' })
          .then({ ...opened, data: { by: 'bob' } }),
    ],
    ['one event too many', () => spec.given().when({ type: 'Open' }).then(opened, opened)],
    ['none instead of one', () => spec.given().when({ type: 'Open' }).thenNothing()],
    ['one instead of none', () => spec.given(opened).when({ type: 'Open' }).then(opened)],
    ['a refusal that did not come', () => spec.given().when({ type: 'Knock' }).thenFails('door.not_yours')],
    ['another refusal', () => spec.given().when({ type: 'Break' }).thenFails('door.locked')],
    ['a refusal instead of events', () => spec.given().when({ type: 'Break' }).thenNothing()],
  ])('fails for %s', (_, wrong) => {
    expect(wrong).toThrow();
  });

  it('does not take a bug for a refusal', () => {
    expect(() => spec.given().when({ type: 'Trip' }).thenFails('door.not_yours')).toThrow(TypeError);
  });
});
