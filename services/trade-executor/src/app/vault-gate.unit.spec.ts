import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import type { VaultState } from './ports/vault.js';
import { createVaultGate } from './vault-gate.js';

const gateWith = (answers: readonly VaultState[]) => {
  const clock = manualClock();
  let asked = 0;
  const gate = createVaultGate({ clock, stateOf: () => Promise.resolve(answers[asked++] ?? 'away') });
  return { clock, gate, asked: () => asked };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the gate before the vault', () => {
  it('lets everybody through while the vault answers', () => {
    const { gate, asked } = gateWith([]);
    expect([gate.enter(), gate.enter()]).toEqual([0, 0]);
    expect(asked()).toBe(0);
  });

  it('keeps everybody waiting while it is away, asks one question at a time, and opens when that is answered', async () => {
    const { gate, clock, asked } = gateWith(['away', 'signing']);
    gate.away();
    expect(gate.enter()).toBe(250);
    expect(asked()).toBe(0);
    clock.advance(250);
    gate.enter();
    gate.enter();
    expect(asked()).toBe(1);
    await turn();
    expect(gate.enter()).toBe(250);
    clock.advance(250);
    gate.enter();
    await turn();
    expect(gate.enter()).toBe(0);
  });

  it('counts a hundred failures at once as one, and is slower each time until something is signed', async () => {
    const { gate, clock, asked } = gateWith(['signing', 'signing']);
    for (let i = 0; i < 100; i += 1) gate.away();
    clock.advance(250);
    gate.enter();
    await turn();
    expect(gate.enter()).toBe(0);
    gate.away();
    clock.advance(499);
    gate.enter();
    expect(asked()).toBe(1);
    clock.advance(1);
    gate.enter();
    expect(asked()).toBe(2);
    gate.answered();
    expect(gate.enter()).toBe(0);
  });

  it('stays closed to a frozen vault, whatever else that answers, until it says that it signs', async () => {
    const { gate, clock } = gateWith(['frozen', 'away', 'signing']);
    gate.frozen();
    for (const state of ['frozen', 'frozen', 'away'] as const) {
      expect([gate.enter(), gate.state()]).toEqual([250, state]);
      if (state === 'frozen') gate.answered();
      clock.advance(250);
      gate.enter();
      await turn();
    }
    expect([gate.enter(), gate.state()]).toEqual([0, 'signing']);
  });
});
