/** The parameters of a string that a venue signs, by name. */
export type Parameters = ReadonlyMap<string, string>;

const nameSyntax = /^[A-Za-z]+$/;
const valueSyntax = /^[A-Za-z0-9._:-]+$/;
// Some symbols are written in Chinese characters; nothing else may be percent-encoded, and no ASCII, so that no value can hide a separator.
const symbolSyntax = /^(?:[A-Z0-9._-]|%[89A-F][0-9A-F])+$/;
// Letters and digits of any script: no line separator, no direction mark, and nothing that a venue could fold into "&" or "=".
const symbolCharacters = /^[\p{L}\p{M}\p{Nd}._-]+$/u;

/** Percent-encoded UTF-8 in its one spelling: half a character, or one that is longer than it need be, does not come back as it was. */
const isSymbol = (value: string): boolean => {
  if (!symbolSyntax.test(value)) return false;
  try {
    const symbol = decodeURIComponent(value);
    return (
      encodeURIComponent(symbol) === value && symbolCharacters.test(symbol) && symbolCharacters.test(symbol.normalize('NFKC'))
    );
  } catch {
    return false;
  }
};

/**
 * Reads `name=value&name=value`: each name once, values of a closed alphabet, no empty value, no second `=`. `undefined` for anything
 * else; a venue's parser and ours could disagree about it.
 */
export const parseParameters = (payload: string): Parameters | undefined => {
  const parameters = new Map<string, string>();
  for (const pair of payload.split('&')) {
    const [name = '', value = '', ...more] = pair.split('=');
    const fits = nameSyntax.test(name) && (name === 'symbol' ? isSymbol(value) : valueSyntax.test(value));
    if (!fits || more.length > 0 || parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return parameters;
};
