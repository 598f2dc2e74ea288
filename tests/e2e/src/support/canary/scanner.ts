import { encodings } from './encodings.js';
import { unpacked } from './unpack.js';

/** Something that must stand nowhere, under the name by which a report calls it. */
export type Canary = { readonly name: string; readonly text: string };
export type Hit = { readonly canary: string; readonly encoding: string; readonly at: number };

type Pattern = { readonly canary: string; readonly encoding: string; readonly bytes: Buffer };
/** A pattern that begins `shift` bytes before the word at which it is looked up. */
type Place = { readonly pattern: Pattern; readonly shift: number };

/** So many bytes in a row of a secret are a leak. Of a longer one each such piece is searched for by itself, so a part of it is found too. */
const pieceBytes = 12;
const wordBytes = 4;
const filterBits = 23;

const hash = (word: number): number => Math.imul(word, 0x9e37_79b1) >>> (32 - filterBits);
/** Two words as one number: 53 of their 64 bits. */
const keyOf = (word: number, next: number): number => (word >>> 0) * 0x20_0000 + (next >>> 11);

const piecesOf = ({ name: canary, text }: Canary): Pattern[] => {
  const bytes = Buffer.from(text, 'utf8');
  return encodings.flatMap((encoding) =>
    encoding.needles(bytes).flatMap((needle) => {
      const length = Math.min(needle.length, encoding.bytesFor(pieceBytes));
      const starts = Array.from({ length: Math.floor(needle.length / length) }, (_, i) => i * length);
      return starts.map((start) => ({ canary, encoding: encoding.name, bytes: needle.subarray(start, start + length) }));
    }),
  );
};

/** Which words occur at all: a bit each, so that the whole of it stays in the processor's cache. */
const createFilter = () => {
  const bits = new Uint32Array(2 ** filterBits / 32);
  return {
    bits,
    add: (word: number): void => {
      const slot = hash(word);
      bits[slot >>> 5] = (bits[slot >>> 5] as number) | (1 << (slot & 31));
    },
  };
};

const wordsOf = (bytes: Buffer): Int32Array => {
  const aligned = bytes.byteOffset % wordBytes === 0 ? bytes : new Uint8Array(bytes);
  return new Int32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / wordBytes));
};

/**
 * Searches for all canaries in all encodings at once. Each piece is known by its two first whole words, for each of the four ways in which it
 * may lie across words; so only every fourth position is looked at, and the time hardly depends on how many pieces there are.
 */
export const createScanner = (canaries: readonly Canary[]) => {
  const [first, second] = [createFilter(), createFilter()];
  const places = new Map<number, Place[]>();
  for (const pattern of canaries.flatMap(piecesOf)) {
    for (let shift = 0; shift < wordBytes; shift += 1) {
      const [word, next] = [pattern.bytes.readInt32LE(shift), pattern.bytes.readInt32LE(shift + wordBytes)];
      first.add(word);
      second.add(next);
      const alike = places.get(keyOf(word, next));
      if (alike) alike.push({ pattern, shift });
      else places.set(keyOf(word, next), [{ pattern, shift }]);
    }
  }

  const search = (bytes: Buffer, found: (hit: Hit) => void): void => {
    const words = wordsOf(bytes);
    const [bits, nextBits] = [first.bits, second.bits];
    for (let i = 0; i + 1 < words.length; i += 1) {
      const word = words[i] as number;
      const slot = hash(word);
      if ((((bits[slot >>> 5] as number) >>> (slot & 31)) & 1) === 0) continue;
      const next = words[i + 1] as number;
      const nextSlot = hash(next);
      if ((((nextBits[nextSlot >>> 5] as number) >>> (nextSlot & 31)) & 1) === 0) continue;
      for (const { pattern, shift } of places.get(keyOf(word, next)) ?? []) {
        const at = i * wordBytes - shift;
        if (at < 0 || !bytes.subarray(at, at + pattern.bytes.length).equals(pattern.bytes)) continue;
        found({ canary: pattern.canary, encoding: pattern.encoding, at });
      }
    }
  };

  return {
    /** What stands in `bytes` as they are. */
    search: (bytes: Buffer): readonly Hit[] => {
      const hits: Hit[] = [];
      search(bytes, (hit) => hits.push(hit));
      return hits;
    },
    /** What stands in `bytes` or in anything that is packed in them. */
    scan: (bytes: Buffer, shifts?: number): readonly Hit[] => {
      const hits: Hit[] = [];
      search(bytes, (hit) => hits.push(hit));
      for (const inside of unpacked(bytes, shifts === undefined ? {} : { shifts }))
        search(inside, (hit) => hits.push({ ...hit, encoding: `packed ${hit.encoding}` }));
      return hits;
    },
  };
};

/** True when any form of the secret stands in `haystack` as it is; what is packed in it is not looked into. */
export const holds = (haystack: Buffer | string, secret: string): boolean =>
  createScanner([{ name: 'the secret', text: secret }]).search(Buffer.from(haystack)).length > 0;
