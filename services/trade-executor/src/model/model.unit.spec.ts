import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { simulatedFaultKinds } from './testing/scene-faults.js';
import { plantedBugs, plantOf } from './testing/planted-bugs.js';
import { reproduction, runSeed, shrink, type Failure } from './testing/run-seed.js';
import { installVirtualTimers } from './testing/virtual-time.js';
import { installVirtualWire } from './testing/virtual-wire.js';

vi.mock(import('../adapters/exchange/binance/binance-transport.js'), async (original) =>
  (await import('./testing/pooled-clients.js')).pooledBinance(await original()),
);
vi.mock(import('../adapters/exchange/bybit/bybit-transport.js'), async (original) =>
  (await import('./testing/pooled-clients.js')).pooledBybit(await original()),
);
vi.mock(import('../domain/settlement/lookup-policy.js'), async (original) =>
  (await import('./testing/plant.js')).plantedLookupPolicy(await original()),
);

const {
  LATCHKEY_MODEL_SEED: oneSeed,
  LATCHKEY_MODEL_BUG: bugName,
  LATCHKEY_MODEL_WITHOUT: leftOut = '',
  LATCHKEY_MODEL_TRACE: traced,
  LATCHKEY_MODEL_FROM: from = '1',
  LATCHKEY_MODEL_SEEDS: seeds = '60',
} = process.env;

const longMs = 6 * 60 * 60_000;
const bugsWithin = 1_000;

let putBack: () => void;
beforeAll(() => {
  installVirtualWire();
  putBack = installVirtualTimers();
});
afterAll(() => putBack());

/** The runner of specs hears of it while it runs. */
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const replayOne = (seed: number): void => {
  it(`seed ${seed}`, { timeout: longMs }, async () => {
    const { played, findings } = await runSeed(seed, plantOf(bugName), leftOut.split(',').filter(Boolean));
    if (traced !== undefined) for (const line of played.trace) say(line);
    expect(findings).toEqual([]);
  });
};

const playMany = (): void => {
  describe('the whole executor against the venues, whatever fails', () => {
    it(`ends as it may, ${seeds} seeds from ${from} on`, { timeout: longMs }, async () => {
      const failures: Failure[] = [];
      const statuses = new Set<string>();
      const kinds = new Set<string>();
      for (let seed = Number(from); seed < Number(from) + Number(seeds); seed += 1) {
        const { played, findings } = await runSeed(seed);
        for (const { trade } of played.store.rows()) statuses.add(trade.status);
        for (const { body } of played.scene.faults) kinds.add(body.kind);
        if (findings.length > 0) {
          const failure = await shrink(seed, {});
          failures.push(failure);
          say(`${reproduction(failure)}    # ${failure.findings.join('; ')}`);
        }
        await breathe();
      }
      expect(failures.map((failure) => reproduction(failure))).toEqual([]);
      // What was never seen was not shown.
      expect([...kinds].sort()).toEqual([...simulatedFaultKinds].sort());
      expect([...statuses]).toEqual(expect.arrayContaining(['closed', 'rejected', 'expired', 'denied']));
    });

    it('plays the same seed the same way, to the millisecond', async () => {
      for (const seed of [3, 11, 45]) {
        const [first, second] = [await runSeed(seed), await runSeed(seed)];
        expect(second.played.trace).toEqual(first.played.trace);
        expect(first.played.trace.length).toBeGreaterThan(5);
      }
    });
  });

  describe('a planted bug', () => {
    it.each(Object.keys(plantedBugs))(`is caught within ${bugsWithin} seeds: %s`, { timeout: longMs }, async (name) => {
      let caught: number | undefined;
      for (let seed = 1; caught === undefined && seed <= bugsWithin; seed += 1) {
        const { findings } = await runSeed(seed, plantOf(name));
        if (findings.length > 0) {
          caught = seed;
          say(`${reproduction({ seed, findings, needless: [] }, name)}    # ${findings.join('; ')}`);
        }
        await breathe();
      }
      // By its own fault: without it, nothing is wrong with that seed.
      expect(caught === undefined ? ['not caught'] : (await runSeed(caught)).findings).toEqual([]);
    });
  });
};

if (oneSeed === undefined) playMany();
else replayOne(Number(oneSeed));
