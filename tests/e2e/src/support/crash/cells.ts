import { moments } from '@latchkey/tracing';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export const faults = ['kill', 'freeze', 'cut-nats', 'cut-postgres'] as const;
export type Fault = (typeof faults)[number];

/** One happening: an executor comes to a moment, and that is when the fault strikes it. */
export type Cell = { readonly fault: Fault; readonly moment: string; readonly seed: number };

/** Those of the executor and its relay, and the one that only the HTTP client knows of. */
const allMoments: readonly string[] = [...moments, 'request-sent'];

export const nameOf = ({ fault, moment, seed }: Cell): string => `${fault}/${moment}/${seed}`;

const cellOf = (name: string): Cell => {
  const [fault, moment, seed] = name.split('/');
  const known = faults.find((one) => one === fault);
  if (!known || !allMoments.includes(moment ?? '') || !Number.isInteger(Number(seed)))
    throw new TypeError(`"${name}" is no cell; one is e.g. kill/attempt-committed/1`);
  return { fault: known, moment: moment as string, seed: Number(seed) };
};

/** Every moment once, the faults in turn: what each run of the specs looks at. */
const sample = (): readonly Cell[] =>
  allMoments.map((moment, index) => ({ fault: faults[index % faults.length] as Fault, moment, seed: 1 }));

const whole = (seeds: number): readonly Cell[] =>
  faults.flatMap((fault) =>
    allMoments.flatMap((moment) => Array.from({ length: seeds }, (_, index) => ({ fault, moment, seed: index + 1 }))),
  );

/** A file in which cells that went well are noted, so that a run of hours can be gone on with. */
const logFile = process.env['LATCHKEY_CRASH_LOG'];

export const note = (cell: Cell): void => {
  if (logFile !== undefined) appendFileSync(logFile, `${nameOf(cell)}\n`);
};

/**
 * What to look at: `LATCHKEY_CRASH_CELLS=kill/stopping/3,…` just these, `LATCHKEY_CRASH_SEEDS=5` every moment with every fault that often; a
 * sample without either.
 */
export const chosenCells = (): readonly Cell[] => {
  const { LATCHKEY_CRASH_CELLS: named, LATCHKEY_CRASH_SEEDS: seeds } = process.env;
  const chosen = named ? named.split(',').map(cellOf) : seeds ? whole(Number(seeds)) : sample();
  const done = new Set(logFile !== undefined && existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n') : []);
  return chosen.filter((cell) => !done.has(nameOf(cell)));
};
