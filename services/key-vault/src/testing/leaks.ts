import { inspect } from 'node:util';

/** Every piece of twelve characters: what is cut or masked shows less than that. */
const pieceLength = 12;

const piecesOf = (secret: string): readonly string[] =>
  Array.from({ length: Math.max(1, Math.ceil((secret.length - pieceLength) / 4) + 1) }, (_, i) =>
    secret.slice(Math.min(i * 4, Math.max(0, secret.length - pieceLength))).slice(0, pieceLength),
  );

/** The forms that a secret could be written in, by name. */
const encodings: Readonly<Record<string, (piece: string) => readonly string[]>> = {
  raw: (piece) => [piece],
  reversed: (piece) => [Buffer.from(piece, 'latin1').reverse().toString('latin1')],
  hex: (piece) => [Buffer.from(piece).toString('hex')],
  'hex in capitals': (piece) => [Buffer.from(piece).toString('hex').toUpperCase()],
  // Where a piece stands in what was encoded is not known: the middle of each alignment.
  base64: (piece) =>
    [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), Buffer.from(piece)])
        .toString('base64')
        .slice(4, -4),
    ),
  base64url: (piece) =>
    [0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), Buffer.from(piece)])
        .toString('base64url')
        .slice(4, -4),
    ),
  'percent-encoded': (piece) => [
    [...Buffer.from(piece)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  ],
  'escaped as in JSON': (piece) => [
    [...Buffer.from(piece, 'latin1')].map((byte) => `\\u${byte.toString(16).padStart(4, '0')}`).join(''),
  ],
  'decimal bytes': (piece) => [[...Buffer.from(piece)].join(','), [...Buffer.from(piece)].join(', ')],
  'UTF-16': (piece) => [Buffer.from(piece, 'utf16le').toString('latin1'), Buffer.from(piece, 'utf16le').toString('hex')],
};
export const encodingNames: readonly string[] = Object.keys(encodings);

/** The names of the forms in which any piece of a secret stands in a text. */
export const leaksIn = (text: string, secret: string): readonly string[] =>
  Object.entries(encodings)
    .filter(([, formsOf]) => piecesOf(secret).some((piece) => formsOf(piece).some((form) => text.includes(form))))
    .map(([name]) => name);

/** All that an error says or carries, however one looks at it: message, stack, details, causes, hidden properties. */
export const everythingIn = (value: unknown): string => {
  const shown = inspect(value, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null, getters: true });
  const parts: string[] = [shown];
  for (let one: unknown = value; one instanceof Error; one = one.cause) {
    parts.push(one.message, one.stack ?? '', JSON.stringify(one), JSON.stringify(Object.getOwnPropertyDescriptors(one)));
  }
  if (!(value instanceof Error)) parts.push(JSON.stringify(value) ?? '');
  return parts.join('\n');
};
