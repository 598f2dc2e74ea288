import { describe, expect, it } from 'vitest';
import { roomFor } from './lane-room.js';

const lanes = (count: number, begunAt: number) => Array.from({ length: count }, () => ({ begunAt }));

describe('room for trades', () => {
  it('is two slices, or one, or none', () => {
    expect([0, 100, 256, 257, 600].map((busy) => roomFor(lanes(busy, 10_000), 10_000))).toEqual([512, 256, 256, 0, 0]);
  });

  it('is not taken up by trades that wait for something', () => {
    expect(roomFor([...lanes(5_000, 8_000), ...lanes(12, 9_999)], 10_000)).toBe(256);
  });
});
