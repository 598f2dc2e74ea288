import { describe, expect, it } from 'vitest';
import { signWhenKnown } from './sign-when-known.js';

describe('a vault that may have been restored', () => {
  it('signs nothing, and does not call itself thawed, until its log was compared, and again after it lost sight of it', async () => {
    let isKnown = false;
    const { signStrings, freezeState } = signWhenKnown(
      { signStrings: () => Promise.resolve({ items: [] }), freezeState: () => Promise.resolve({ frozen: false }) },
      () => isKnown,
    );
    const ask = () => signStrings({} as never, 'trade-executor', 'request');
    const unknown = { code: 'vault.log_not_compared' };
    await expect(ask()).rejects.toMatchObject(unknown);
    await expect(freezeState()).rejects.toMatchObject(unknown);
    isKnown = true;
    expect([await ask(), await freezeState()]).toEqual([{ items: [] }, { frozen: false }]);
    isKnown = false;
    await expect(ask()).rejects.toMatchObject(unknown);
  });
});
