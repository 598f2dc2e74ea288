import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@latchkey/testkit';
import { groups, isSample, nameOf, note, sampleSeed } from './support/crash/cells.js';
import { startCrowd, type Crowd } from './support/crash/crowd.js';
import { startFleet, type Fleet } from './support/crash/fleet.js';
import { runRound } from './support/crash/round.js';
import { startStack, type Stack } from './support/stack.js';

const followers = isSample ? 16 : 32;
/** Executors that are struck in one stretch of trading; two more see to it that it goes on. */
const width = Number(process.env['LATCHKEY_CRASH_WIDTH'] ?? (isSample ? 4 : 3));

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (ms: number | undefined): string => (ms === undefined ? '–' : `${(ms / 1_000).toFixed(1)} s`);

describe('whatever happens to executors, and exactly when', () => {
  let stack: Stack;
  let fleet: Fleet;
  let crowd: Crowd;
  let closed = 0;
  beforeAll(async () => {
    if (isSample) say(`sample ${sampleSeed}; again with LATCHKEY_CRASH_SAMPLE=${sampleSeed}`);
    // An exit looks out that long for an order that may still appear, where no later signal is traded: no round waits for ten minutes.
    stack = await startStack({ RATE_LIMIT_SCALE: '20', LOG_LEVEL: 'warn', MAX_EXIT_AGE_SECONDS: '90' });
    crowd = await startCrowd(stack, followers);
    fleet = startFleet(stack);
    await fleet.add(width + 2);
    expect(await stack.cli('executors', 'scale', '0', '--json')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await fleet?.dispose();
    await stack?.dispose();
  });

  it.each(groups())(
    'every signal ends in one order or one reason for each follower: %s',
    async (group, cells) => {
      let pending = cells;
      while (pending.length > 0) {
        const { struck, verdict } = await runRound(crowd, fleet, pending, width).catch((error: unknown) => {
          say(`FAILED  a round of ${group}: ${String(error).slice(0, 500)}`);
          throw error;
        });
        const done = struck.map(({ cell }) => cell);
        const { lost, doubled, stuck, wrong, ...figures } = verdict;
        closed += figures.closed;
        const isGood = [lost, doubled, stuck, wrong].every(({ length }) => length === 0);
        for (const { cell, afterMs, takenOverMs } of struck) {
          const outcome = afterMs === undefined ? 'NOT HIT' : isGood ? 'ok' : 'FAILED';
          say(
            `${outcome.padEnd(8)}${nameOf(cell).padEnd(40)} struck after ${seconds(afterMs)}, taken over in ${seconds(takenOverMs)}`,
          );
          if (outcome === 'ok') note(cell);
        }
        const { signals, trades, filled, explained } = figures;
        say(
          `        ${signals} signals, ${trades} trades: ${filled} filled, ${JSON.stringify(explained)}; ${figures.closed} exits closed something; lost ${lost.length}, doubled ${doubled.length}, stuck ${stuck.length}, wrong ${wrong.length}`,
        );
        const again = `LATCHKEY_CRASH_CELLS=${done.map(nameOf).join()} npm test -- --project e2e tests/e2e/src/crash-matrix.e2e.spec.ts`;
        expect({ lost, doubled, stuck, wrong }, `again: ${again}`).toEqual({ lost: [], doubled: [], stuck: [], wrong: [] });
        expect(
          struck.filter(({ afterMs }) => afterMs === undefined),
          `a moment that did not come; again: ${again}`,
        ).toEqual([]);
        pending = pending.filter((cell) => !done.includes(cell));
      }
    },
    8 * 3_600_000,
  );

  it('and the record is complete', async () => {
    // Else nothing was looked at of exits.
    expect(closed).toBeGreaterThan(0);
    const verified = await eventually(
      async () => {
        const done = await stack.cli('audit', 'verify', '--complete', '--json');
        expect(done).toMatchObject({ code: 0 });
        return done;
      },
      { timeoutMs: 120_000, everyMs: 1_000 },
    );
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
  });
});
