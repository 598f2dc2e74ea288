import { randomInt } from 'node:crypto';
import { moments } from '@latchkey/tracing';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { randomOf, type Random } from './random.js';

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

/** Done by the one process that holds a lease, so nobody else comes to these. */
export const aloneAt: Readonly<Record<string, string>> = {
  'signal-received': 'consumer:trade-executor-signals',
  'fan-out-recorded': 'consumer:trade-executor-signals',
  'fan-out-committed': 'consumer:trade-executor-signals',
  'events-published': 'relay:trade-executor',
};

/** Which moments a run looks at without being told; another one each time, and the same ones again by its number. */
export const sampleSeed = Number(process.env['LATCHKEY_CRASH_SAMPLE'] ?? randomInt(1_000_000));

const shuffled = <T>(some: readonly T[], random: Random): readonly T[] =>
  some
    .map((one) => [random(), one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one);

/** What two rounds have room for: each fault twice, at eight moments, of which two belong to the holder of a lease. */
const sample = (): readonly Cell[] => {
  const random = randomOf(`sample ${sampleSeed}`);
  const alone = shuffled(Object.keys(aloneAt), random).slice(0, 2);
  const others = shuffled(
    allMoments.filter((moment) => !(moment in aloneAt)),
    random,
  ).slice(0, 6);
  const ways = [...shuffled(faults, random), ...shuffled(faults, random)];
  return [...others, ...alone].map((moment, index) => ({ fault: ways[index] as Fault, moment, seed: 1 }));
};

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
 * sample without either, `LATCHKEY_CRASH_SAMPLE=7` the one of that number.
 */
const { LATCHKEY_CRASH_CELLS: named, LATCHKEY_CRASH_SEEDS: seeds } = process.env;
export const isSample = !named && !seeds;

const chosenCells = (): readonly Cell[] => {
  const chosen = named ? named.split(',').map(cellOf) : seeds ? whole(Number(seeds)) : sample();
  const done = new Set(logFile !== undefined && existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n') : []);
  return chosen.filter((cell) => !done.has(nameOf(cell)));
};

/** A sample's faults strike side by side; else one fault after the other, so that its figures can be told apart. */
export const groups = (): readonly (readonly [name: string, cells: readonly Cell[]])[] => {
  const cells = chosenCells();
  return isSample ? [['a sample', cells]] : faults.map((fault) => [fault, cells.filter((cell) => cell.fault === fault)]);
};
