import { manualClock } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { createVaultGate } from './vault-gate.js';

const gateWith = (answers: readonly boolean[]) => {
  const clock = manualClock();
  let asked = 0;
  const gate = createVaultGate({ clock, isThere: () => Promise.resolve(answers[asked++] ?? false) });
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
    const { gate, clock, asked } = gateWith([false, true]);
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
    const { gate, clock, asked } = gateWith([true, true]);
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
});
