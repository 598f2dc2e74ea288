import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { pace } from '../pace.js';
import { aloneAt, nameOf, type Cell } from './cells.js';
import { onlyAbsences, type Crowd, type Verdict } from './crowd.js';
import type { Fleet, Member } from './fleet.js';
import { between, pick, randomOf, type Random } from './random.js';

/** What happened to one cell of a round. */
export type Struck = {
  readonly cell: Cell;
  /** Milliseconds from the first alert until its executor came to the moment; absent: it never did. */
  readonly afterMs?: number;
  /** From then on, until others had taken over all that was its. */
  readonly takenOverMs?: number;
};

export type Round = { readonly struck: readonly Struck[]; readonly verdict: Verdict };

/** Which come seldom, so that the first time has to do. */
const seldom: ReadonlySet<string> = new Set(['absence-counted', 'way-made', 'stopping', ...Object.keys(aloneAt)]);

const spare = 2;
const hitWithinMs = 150_000;
const settledWithinMs = 170_000;
const freezeMs = Number(process.env['LATCHKEY_CRASH_FREEZE_MS'] ?? 8_000);

type Lease = { readonly name: string; readonly holder: string };

const leases = (crowd: Crowd): Promise<readonly Lease[]> =>
  crowd.query<Lease>(`select name, split_part(holder, '/', 1) as holder from leases where expires_at > clock_timestamp()`);

/** Every member has work, and every lease belongs to one of them. */
const shared = (crowd: Crowd, fleet: Fleet): Promise<readonly Lease[]> =>
  eventually(
    async () => {
      const now = await leases(crowd);
      const names = fleet.members().map(({ name }) => name);
      const holders = new Set(now.filter(({ name }) => name.startsWith('partition-')).map(({ holder }) => holder));
      const alone = [...new Set(Object.values(aloneAt))].map((lease) => now.find(({ name }) => name === lease)?.holder ?? '');
      if (!names.every((name) => holders.has(name)) || !alone.every((holder) => names.includes(holder)))
        throw new TypeError(
          `not shared: ${names.join()} hold ${JSON.stringify(now.map(({ name, holder }) => `${name} ${holder}`))}`,
        );
      return now;
    },
    { timeoutMs: 120_000, everyMs: 200 },
  );

/** As many of the cells as there are executors for them: one each, and each where the moment comes. */
const assign = (cells: readonly Cell[], fleet: Fleet, now: readonly Lease[]): ReadonlyMap<Member, Cell> => {
  const assigned = new Map<Member, Cell>();
  const holderOf = (lease: string) =>
    fleet.members().find(({ name }) => now.some((one) => one.name === lease && one.holder === name));
  for (const alone of [true, false]) {
    for (const cell of cells) {
      if (alone !== cell.moment in aloneAt) continue;
      const where = alone ? holderOf(aloneAt[cell.moment] ?? '') : fleet.members().find((member) => !assigned.has(member));
      if (where && !assigned.has(where) && assigned.size < fleet.members().length - spare) assigned.set(where, cell);
    }
  }
  return assigned;
};

const strike = async (member: Member, { fault }: Cell, random: Random, cutDone: () => void): Promise<void> => {
  if (fault === 'kill') return member.exited;
  if (fault === 'freeze') {
    await pace(freezeMs);
    member.signal('SIGCONT');
    return undefined;
  }
  const line = fault === 'cut-nats' ? member.nats : member.postgres;
  line.cut(pick(random, ['reset', 'silence']));
  cutDone();
  await pace(between(random, 7_000, 13_000));
  line.heal();
  return undefined;
};

/**
 * Strikes as many of the cells as there are executors for, all within one stretch of trading; then everything heals and ends, and the venue's
 * book is held against the signals that were accepted.
 */
export const runRound = async (crowd: Crowd, fleet: Fleet, pending: readonly Cell[], width: number): Promise<Round> => {
  const missing = width + spare - fleet.members().length;
  if (missing > 0) await fleet.add(missing);
  const assigned = assign(pending, fleet, await shared(crowd, fleet));
  const cells = [...assigned.values()];
  const random = randomOf(cells.map(nameOf).join());
  for (const [member, cell] of assigned) {
    const own = randomOf(nameOf(cell));
    const passes = seldom.has(cell.moment) ? 1 : between(own, 1, 4);
    await member.arm({ id: nameOf(cell).replaceAll('/', '.'), moment: cell.moment, fault: cell.fault, passes });
  }

  const absence = cells.some(({ moment }) => moment === 'absence-counted');
  const startedAt = Date.now();
  const signals: string[] = [];
  let alerts = 0;
  let struckCells = 0;
  let healed = 0;

  const watch = async ([member, cell]: [Member, Cell]): Promise<Struck> => {
    const file = join(fleet.folder, nameOf(cell).replaceAll('/', '.'));
    if (cell.moment === 'stopping') {
      await eventually(() => signals.length > 0, { timeoutMs: hitWithinMs });
      member.ask();
    }
    const isHit = await eventually(() => existsSync(`${file}.hit`), { timeoutMs: hitWithinMs, everyMs: 5 }).catch(
      () => undefined,
    );
    struckCells += 1;
    if (!isHit) {
      await member.arm(undefined);
      healed += 1;
      return { cell };
    }
    const hitAt = Date.now();
    const healing = strike(member, cell, randomOf(`${nameOf(cell)}/how`), () => writeFileSync(`${file}.cut`, ''));
    const takenOver = eventually(async () => (await leases(crowd)).every(({ holder }) => holder !== member.name), {
      timeoutMs: 25_000,
      everyMs: 100,
    }).then(
      () => Date.now() - hitAt,
      () => undefined,
    );
    await healing;
    if (cell.moment === 'stopping') await member.exited;
    healed += 1;
    const takenOverMs = await takenOver;
    return { cell, afterMs: hitAt - startedAt, ...(takenOverMs !== undefined && { takenOverMs }) };
  };
  const watching = Promise.all([...assigned].map(watch));

  // Trading goes on through all of it, and a little longer.
  while (healed < assigned.size) {
    await crowd.roomForMore();
    signals.push(await (absence && signals.length % 3 === 0 ? crowd.alert(random, 0.5, onlyAbsences) : crowd.alert(random)));
    if ((alerts += 1) === 3 || (alerts % 3 === 0 && struckCells < assigned.size)) signals.push(await crowd.exit());
    await pace(struckCells < assigned.size ? 1_000 : 2_500);
  }
  signals.push(...(await crowd.goOn()));
  const struck = await watching;
  return { struck, verdict: await crowd.judge(signals, settledWithinMs) };
};
