import { judge } from './judge.js';
import type { Plant } from './plant.js';
import { playScene } from './play-scene.js';
import type { Played } from './played.js';
import { drawScene, without, type Scene } from './scene.js';

/** One seed that shows something that must not be. */
export type Failure = {
  readonly seed: number;
  readonly findings: readonly string[];
  /** What can be left out of the scene without losing the failure. */
  readonly needless: readonly string[];
};

const itemsOf = ({ faults, troubles, prices, signals }: Scene): readonly string[] =>
  [...faults, ...troubles, ...prices, ...signals].map(({ id }) => id);

export const runSeed = async (
  seed: number,
  bug: Plant = {},
  needless: readonly string[] = [],
): Promise<{ readonly played: Played; readonly findings: readonly string[] }> => {
  const played = await playScene(without(drawScene(seed), new Set(needless)), bug);
  return { played, findings: judge(played) };
};

/** Leaves out, one after the other, whatever the failure does not need. */
export const shrink = async (seed: number, bug: Plant): Promise<Failure> => {
  const needless: string[] = [];
  let { findings } = await runSeed(seed, bug);
  for (const id of itemsOf(drawScene(seed))) {
    const smaller = await runSeed(seed, bug, [...needless, id]);
    if (smaller.findings.length === 0) continue;
    needless.push(id);
    findings = smaller.findings;
  }
  return { seed, findings, needless };
};

/** The one line that plays it again. */
export const reproduction = ({ seed, needless }: Failure, bug?: string): string =>
  [
    'node tools/run.mjs exec node tools/model.mjs',
    `--seed ${seed}`,
    ...(bug === undefined ? [] : [`--bug ${bug}`]),
    ...(needless.length === 0 ? [] : [`--without ${needless.join(',')}`]),
  ].join(' ');
