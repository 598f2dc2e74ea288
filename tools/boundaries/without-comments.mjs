// A small scanner that knows strings, templates and comments of TypeScript: enough to tell code from what is said about it.
const blank = (text) => text.replaceAll(/[^\n]/g, ' ');

// After one of these a slash begins a regular expression, after anything else it divides.
const beforeRegExp = /(^|[=(,:;[!&|?{}+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|await|yield))\s*$/;

const tokens = [
  { name: 'comment', pattern: /\/\/[^\n]*|\/\*[\s\S]*?\*\//y },
  { name: 'string', pattern: /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y },
  { name: 'template', pattern: /`(?:\\[\s\S]|[^`\\])*`/y }, // one with a template inside its `${}` ends early: still code, still scanned
  { name: 'regexp', pattern: /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y },
];

/** The same text with comments blanked out; every line keeps its number and every other character its place. */
export const withoutComments = (text) => {
  let out = '';
  for (let at = 0; at < text.length;) {
    const found = tokenAt(text, at, out);
    if (!found) out += text[at++];
    else {
      out += found.name === 'comment' ? blank(found.text) : found.text;
      at += found.text.length;
    }
  }
  return out;
};

const tokenAt = (text, at, before) => {
  if (!'/\'"`'.includes(text[at])) return undefined;
  for (const { name, pattern } of tokens) {
    if (name === 'regexp' && !beforeRegExp.test(before.slice(-40))) continue;
    pattern.lastIndex = at;
    const [match] = pattern.exec(text) ?? [];
    if (match) return { name, text: match };
  }
  return undefined;
};

/** SQL likewise: `-- …` and C-style comments. */
export const withoutSqlComments = (text) =>
  text.replaceAll(/'(?:''|[^'])*'|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith("'") ? part : blank(part)));
