import { CliError } from '../errors.js';

const longestField = 1_000_000;

/**
 * Reads CSV as Postgres writes it (RFC 4180): fields in quotes may hold commas, line breaks and doubled quotes. An empty field is an empty
 * text.
 *
 * @throws {CliError} `cli.source_unreadable`
 */
export async function* readCsv(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let record: string[] = [];
  let field = '';
  let state: 'bare' | 'quoted' | 'after-quote' = 'bare';
  let line = 1;
  let first = true;
  const broken = (what: string): CliError => new CliError('cli.source_unreadable', `line ${line} of the CSV ${what}`, { line });
  const endField = (): void => {
    record.push(field);
    [field, state] = ['', 'bare'];
  };
  const endRecord = (): readonly string[] | undefined => {
    endField();
    const ended = record;
    record = [];
    return ended.length === 1 && ended[0] === '' ? undefined : ended; // an empty line
  };

  for await (const chunk of chunks) {
    for (const character of first ? chunk.replace(/^\uFEFF/, '') : chunk) {
      if (character === '\n') line += 1;
      if (state === 'quoted') {
        if (character === '"') state = 'after-quote';
        else field += character;
      } else if (character === '"') {
        if (state === 'bare' && field !== '') throw broken('has a quote in the middle of a field');
        if (state === 'after-quote') field += '"';
        state = 'quoted';
      } else if (character === ',') endField();
      else if (character === '\n') {
        const ended = endRecord();
        if (ended) yield ended;
      } else if (character !== '\r') {
        if (state === 'after-quote') throw broken('goes on after the end of a quoted field');
        field += character;
      }
      if (field.length > longestField) throw broken(`has a field of more than ${longestField} characters: is a quote missing?`);
    }
    first = false;
  }
  if (state === 'quoted') throw broken('ends within quotes');
  if (field !== '' || record.length > 0) {
    const ended = endRecord();
    if (ended) yield ended;
  }
}
