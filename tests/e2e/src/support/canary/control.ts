import { randomBytes } from 'node:crypto';
import { encodings, packings } from './encodings.js';
import type { Canary, Hit } from './scanner.js';
import { pack } from './unpack.js';

const letters = (length: number): string =>
  randomBytes(2 * length)
    .toString('base64')
    .replaceAll(/[+/=]/g, '')
    .slice(0, length);

/** What is planted on purpose, so that a scanner that finds nothing is known to be able to find. */
export type Plant = { readonly canary: Canary; readonly encoding: string; readonly isText: boolean; readonly bytes: Buffer };

const written = { name: 'planted', text: letters(36) };

/** Each encoding of one text, and each packing of a text of its own: what was packed must be found by unpacking. */
export const plants: readonly Plant[] = [
  ...encodings.map(({ name, isText, write }) => ({
    canary: written,
    encoding: name,
    isText,
    bytes: write(Buffer.from(written.text)),
  })),
  ...packings.map((packing) => {
    const canary = { name: `planted in ${packing}`, text: letters(36) };
    const bytes = pack[packing](Buffer.from(`before ${canary.text} after`));
    return { canary, encoding: 'packed raw', isText: packing.startsWith('base64'), bytes };
  }),
];

const planted = new Map(plants.map(({ canary }) => [canary.name, canary]));
export const plantedCanaries: readonly Canary[] = [...planted.values()];
export const isPlanted = ({ canary }: Hit): boolean => planted.has(canary);

/** What was planted and not found. */
export const missed = (hits: readonly Hit[], expected: readonly Plant[]): readonly string[] => {
  const found = new Set(hits.map(({ canary, encoding }) => `${canary}: ${encoding}`));
  return expected.map(({ canary, encoding }) => `${canary.name}: ${encoding}`).filter((one) => !found.has(one));
};

export const textPlants: readonly Plant[] = plants.filter(({ isText }) => isText);

const quoted = (list: readonly Plant[]): Buffer =>
  Buffer.concat(list.flatMap(({ bytes }) => [Buffer.from('"'), bytes, Buffer.from('"\n')]));
/** All of them in a row, as some sinks take them. */
export const plantedBytes: Buffer = quoted(plants);
export const plantedText: string = quoted(textPlants).toString('latin1');
