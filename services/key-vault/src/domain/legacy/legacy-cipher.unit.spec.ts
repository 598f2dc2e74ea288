import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { olderEncrypt, olderFormats, olderKey, olderSpellings } from '../../testing/older-service.js';
import { createLegacyCipher } from './legacy-cipher.js';

const cipher = createLegacyCipher(Buffer.from(olderKey, 'latin1'));
const secret = 'L64UuvW1OWr587tmAoHK3cRzK7BMsLDqPG5k';
const codeOf = (open: () => unknown): string => {
  try {
    open();
    return 'opened';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('what an older service encrypted', () => {
  it.each(olderSpellings)('opens: $format in $encoding, an IV of $ivBytes bytes, key by $keyDerivation', (spelling) => {
    const opened = cipher.open(olderEncrypt(secret, spelling));
    expect({ ...opened, secret: opened.secret.toString() }).toEqual({
      secret,
      format: spelling.format,
      keyDerivation: spelling.keyDerivation,
    });
  });

  it('opens whatever its length, also where a part may be taken for another', () => {
    fc.assert(
      fc.property(fc.constantFrom(...olderSpellings), fc.integer({ min: 1, max: 70 }), (spelling, length) => {
        const text = secret.repeat(2).slice(0, length);
        expect(cipher.open(olderEncrypt(text, spelling)).secret.toString()).toBe(text);
      }),
    );
  });

  it.each([
    ['a bytea column', (text: string) => `\\x${text}`, 'iv+tag+text'],
    ['a padded column', (text: string) => ` ${text}\n`, 'iv:tag:text'],
    ['upper-case digits', (text: string) => text.toUpperCase(), 'iv:text:tag'],
    ['dots for colons', (text: string) => text.replaceAll(':', '.'), 'iv:tag:text'],
  ] as const)('opens out of %s', (_what, written, format) => {
    expect(cipher.open(written(olderEncrypt(secret, { format }))).secret.toString()).toBe(secret);
  });

  it('opens as JSON under the other names too, in either alphabet of base64', () => {
    const { iv, content, authTag } = JSON.parse(olderEncrypt(secret, { format: 'json', encoding: 'base64' })) as Record<
      'iv' | 'content' | 'authTag',
      string
    >;
    const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    for (const renamed of [
      { iv, encryptedData: content, tag: authTag },
      { nonce: urlSafe(iv), ciphertext: urlSafe(content), auth_tag: urlSafe(authTag) },
    ])
      expect(cipher.open(JSON.stringify(renamed)).secret.toString()).toBe(secret);
  });

  it('is only taken in the format that was asked for', () => {
    for (const format of olderFormats)
      for (const asked of olderFormats) {
        const code = codeOf(() => cipher.open(olderEncrypt(secret, { format }), asked));
        if (asked === format) expect(code).toBe('opened');
        else expect(['vault.import_format_unknown', 'vault.import_not_opened']).toContain(code);
      }
  });
});

describe('what is not taken', () => {
  it.each(olderFormats)('is a tag that was cut to any length: %s', (format) => {
    for (let tagBytes = 0; tagBytes < 16; tagBytes += 1)
      for (const encoding of ['hex', 'base64'] as const) {
        const code = codeOf(() => cipher.open(olderEncrypt(secret, { format, encoding, tagBytes })));
        expect(['vault.import_format_unknown', 'vault.import_not_opened']).toContain(code);
      }
  });

  it.each([
    ['nothing', ''],
    ['a plain secret', secret],
    ['two parts (AES-CBC)', `${'a0'.repeat(16)}:${'b1'.repeat(48)}`],
    ['four parts (a salt of its own)', `${'a0'.repeat(64)}:${'a1'.repeat(16)}:${'b1'.repeat(16)}:${'c2'.repeat(36)}`],
    ['an IV of another length', `${'a0'.repeat(8)}:${'b1'.repeat(16)}:${'c2'.repeat(36)}`],
    ['no ciphertext', `${'a0'.repeat(12)}:${'b1'.repeat(16)}:`],
    ['JSON without a tag', JSON.stringify({ iv: 'a0'.repeat(12), content: 'c2'.repeat(36) })],
    ['half a JSON', '{"iv":"a0'],
    ['JSON that is no object', '[1,2]'],
    ['hex with an odd digit', `${'a0'.repeat(12)}0:${'b1'.repeat(16)}:${'c2'.repeat(36)}`],
  ])('is %s', (_what, text) => {
    expect(codeOf(() => cipher.open(text))).toBe('vault.import_format_unknown');
  });

  it('is a text of which one bit was turned, wherever', () => {
    const flips = fc.record({ spelling: fc.constantFrom(...olderSpellings), at: fc.nat(), bit: fc.nat({ max: 7 }) });
    fc.assert(
      fc.property(flips, ({ spelling, at, bit }) => {
        const bytes = Buffer.from(olderEncrypt(secret, spelling));
        bytes[at % bytes.length]! ^= 1 << bit;
        const altered = bytes.toString('latin1');
        const opened = (): string => cipher.open(altered).secret.toString();
        // A bit may turn a letter into its other case, a dot into a colon, or padding into what is not read: then it is the same text.
        let result: string | undefined;
        try {
          result = opened();
        } catch (error) {
          expect(['vault.import_format_unknown', 'vault.import_not_opened']).toContain((error as { code: string }).code);
        }
        if (result !== undefined) expect(result).toBe(secret);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is one that another key wrote; and no error says anything of it', () => {
    const other = createLegacyCipher(Buffer.from(olderKey.replaceAll('a', '7'), 'latin1'));
    for (const spelling of olderSpellings) {
      const text = olderEncrypt(secret, spelling);
      try {
        other.open(text);
        expect.unreachable();
      } catch (error) {
        const said = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack} ${String((error as Error).cause)}`;
        expect((error as { code: string }).code).toBe('vault.import_not_opened');
        expect(said).not.toContain(text.slice(4, 20));
      }
    }
  });
});

it('overwrites the text of the key', () => {
  const text = Buffer.from(olderKey, 'latin1');
  createLegacyCipher(text);
  expect(text.every((byte) => byte === 0)).toBe(true);
});
