/**
 * What a string says, read without the grammars and stricter than any venue: character by character, nothing skipped, nothing folded. For
 * specs alone: what is signed has to say here exactly what may be said.
 */
export type Meaning = {
  readonly timestamp: string;
  readonly recvWindow: string;
  /** In their order. */
  readonly fields: readonly (readonly [name: string, value: string | number | boolean])[];
};

class Scanner {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }
  get ended(): boolean {
    return this.#at === this.#text.length;
  }
  peek(): string {
    return this.#text[this.#at] ?? '';
  }
  /** Everything of that alphabet, at least one character. */
  run(alphabet: string): string {
    const start = this.#at;
    while (!this.ended && alphabet.includes(this.peek())) this.#at += 1;
    if (this.#at === start) throw new RangeError(`nothing to read at ${start}`);
    return this.#text.slice(start, this.#at);
  }
  take(word: string): void {
    if (this.#text.slice(this.#at, this.#at + word.length) !== word) throw new RangeError(`no ${word} at ${this.#at}`);
    this.#at += word.length;
  }
}

const digits = '0123456789';
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** What stands in the place of the API key, which whoever asks does not know. */
const markOf = (scanner: Scanner): string => {
  const mark = '{apiKey}';
  scanner.take(mark);
  return mark;
};

const pairsOf = (scanner: Scanner): Meaning['fields'] => {
  const fields: (readonly [string, string])[] = [];
  for (;;) {
    const name = scanner.run(letters);
    scanner.take('=');
    fields.push([name, scanner.peek() === '{' ? markOf(scanner) : scanner.run(`${letters}${digits}._:-%`)]);
    if (scanner.ended) return fields;
    scanner.take('&');
  }
};

const valueOf = (scanner: Scanner): string | number | boolean => {
  if (scanner.peek() === '"') {
    scanner.take('"');
    const text = scanner.run(`${letters}${digits}.-`);
    scanner.take('"');
    return text;
  }
  if (digits.includes(scanner.peek())) return Number(scanner.run(digits));
  scanner.take('true');
  return true;
};

const membersOf = (scanner: Scanner): Meaning['fields'] => {
  const fields: (readonly [string, string | number | boolean])[] = [];
  scanner.take('{');
  for (;;) {
    scanner.take('"');
    const name = scanner.run(letters);
    scanner.take('":');
    fields.push([name, valueOf(scanner)]);
    if (scanner.peek() === '}') break;
    scanner.take(',');
  }
  scanner.take('}');
  return fields;
};

const ended = (scanner: Scanner, meaning: Meaning): Meaning => {
  if (!scanner.ended) throw new RangeError('something is left');
  if (new Set(meaning.fields.map(([name]) => name.toLowerCase())).size < meaning.fields.length)
    throw new RangeError('a name twice');
  return meaning;
};

export const binanceMeaning = (payload: string): Meaning => {
  const scanner = new Scanner(payload);
  const fields = pairsOf(scanner);
  const only = (name: string): string => String(fields.find(([one]) => one === name)?.[1]);
  return ended(scanner, {
    timestamp: only('timestamp'),
    recvWindow: only('recvWindow'),
    fields: fields.filter(([name]) => name !== 'timestamp' && name !== 'recvWindow'),
  });
};

export const bybitMeaning = (payload: string): Meaning => {
  const scanner = new Scanner(payload);
  const timestamp = scanner.run(digits);
  scanner.take('{apiKey}');
  const recvWindow = scanner.run(digits);
  if (scanner.ended) return { timestamp, recvWindow, fields: [] };
  return ended(scanner, { timestamp, recvWindow, fields: scanner.peek() === '{' ? membersOf(scanner) : pairsOf(scanner) });
};
