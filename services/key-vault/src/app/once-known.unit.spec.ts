import { describe, expect, it } from 'vitest';
import { onceKnown, roundsOnceKnown } from './once-known.js';
import type { VaultUseCases } from './use-cases.js';

const commands = [
  'saveCredential',
  'generateKeyPair',
  'activateKeyPair',
  'importCredentials',
  'beginVerification',
  'completeVerification',
  'freezeVault',
  'thawVault',
  'rotateKeys',
  'retireKey',
] as const satisfies readonly (keyof VaultUseCases)[];

const fakes = (done: string[]) =>
  Object.fromEntries(commands.map((name) => [name, () => Promise.resolve(void done.push(name))])) as unknown as VaultUseCases;
const ask = (useCases: Pick<VaultUseCases, (typeof commands)[number]>, name: (typeof commands)[number]): Promise<unknown> =>
  (useCases[name] as (request: unknown) => Promise<unknown>)({});

describe('a vault that may have been restored', () => {
  it.each(commands)('decides nothing before its log was compared: %s', async (name) => {
    const done: string[] = [];
    let isKnown = false;
    const guarded = onceKnown(fakes(done), { isKnown: () => isKnown, waitMs: 0 });
    await expect(ask(guarded, name)).rejects.toMatchObject({ code: 'vault.log_not_compared' });
    expect(done).toEqual([]);
    isKnown = true;
    await ask(guarded, name);
    expect(done).toEqual([name]);
  });

  it('lets a command wait for the moment that a start needs', async () => {
    const done: string[] = [];
    let looks = 0;
    const guarded = onceKnown(fakes(done), { isKnown: () => (looks += 1) > 2 });
    await ask(guarded, 'saveCredential');
    expect(done).toEqual(['saveCredential']);
  });

  it('skips the rounds of timers', async () => {
    let rounds = 0;
    let isKnown = false;
    const round = roundsOnceKnown(
      () => Promise.resolve(void (rounds += 1)),
      () => isKnown,
    );
    await round();
    expect(rounds).toBe(0);
    isKnown = true;
    await round();
    expect(rounds).toBe(1);
  });
});
