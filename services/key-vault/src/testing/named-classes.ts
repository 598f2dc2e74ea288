import { readFileSync } from 'node:fs';
import type { ExchangeName, MarketType, SignItem } from '@latchkey/contracts';

/** A class of strings that `docs/threat-model.md` names, with an example of it and the endpoints that one signature opens. */
export type NamedClass = {
  readonly exchange: ExchangeName;
  readonly marketType: MarketType;
  readonly purpose: SignItem['purpose'];
  /** With `{id}`, `{window}`, `{ms}` where an own order's id, the window's parameters and the time belong; none: nothing is signed. */
  readonly example: string | undefined;
  /** Names of sets and of endpoints, as the document writes them. */
  readonly opens: readonly string[];
};

const document = readFileSync(new URL('../../../../docs/threat-model.md', import.meta.url), 'utf8');

const rowsUnder = (heading: string): readonly (readonly string[])[] => {
  const [, after = ''] = document.split(`\n### ${heading}\n`);
  const lines = (after.split('\n#')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
};

const codesOf = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** Sets of endpoints that several classes open, by name. */
export const namedSets: ReadonlyMap<string, readonly string[]> = new Map(
  rowsUnder('Sets of endpoints').map(([name = '', endpoints]) => [name, codesOf(endpoints)]),
);

export const namedClasses: readonly NamedClass[] = rowsUnder('Classes of strings').map(
  ([exchange = '', marketType = '', purpose = '', example, opens = '']) => ({
    exchange: exchange.toLowerCase() as ExchangeName,
    marketType: marketType as MarketType,
    purpose: purpose as SignItem['purpose'],
    example: codesOf(example)[0],
    opens: opens.split(';').map((one) => codesOf(one)[0] ?? one.trim()),
  }),
);
