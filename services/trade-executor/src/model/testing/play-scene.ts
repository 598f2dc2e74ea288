import type { AnyEvent, Envelope, EventData } from '@latchkey/contracts';
import { venuesInProcess, type RawRequest, type VenuesInProcess } from '@latchkey/exchange-simulator';
import type { EventId, UserId } from '@latchkey/kernel';
import { memoryRows } from '../../app/rate-limits/testing/memory-rows.js';
import { memoryStore } from '../../testing/memory-store.js';
import { plant, type Plant } from './plant.js';
import type { Played, SentOrder } from './played.js';
import { takeClientsBack } from './pooled-clients.js';
import { createRandom } from './random.js';
import { startMs, type Scene, type SceneTrouble } from './scene.js';
import type { SceneSignal } from './scene-parts.js';
import { virtualExecutor, type Passage, type VirtualExecutor } from './virtual-executor.js';
import { virtualProcess, virtualTime, type VirtualProcess } from './virtual-time.js';
import { virtualVault } from './virtual-vault.js';
import { connectWire, type Way } from './virtual-wire.js';

/** After everything has healed, this long for every trade to end. */
const patienceMs = 15 * 60_000;
/** What is still under way when all trades have ended may still do harm. */
const lingerMs = 12_000;
/** Orders that could enter late have done so by then. */
const lateMs = 61 * 60_000;
/** A new executor takes the partitions and looks within this time. */
const watchedMs = 22_000;
const redeliverMs = 3_000;

const orderPaths: ReadonlySet<string> = new Set(['/api/v3/order', '/fapi/v1/order', '/v5/order/create']);

const sentOrder = ({ path, method, body, headers }: RawRequest, executor: string, venueAtMs: number): SentOrder | undefined => {
  if (method !== 'POST' || !orderPaths.has(path)) return undefined;
  if (path === '/v5/order/create') {
    return {
      executor,
      venueAtMs,
      apiKey: String(headers['x-bapi-api-key']),
      clientOrderId: (JSON.parse(body) as { orderLinkId: string }).orderLinkId,
      timestamp: Number(headers['x-bapi-timestamp']),
      recvWindow: Number(headers['x-bapi-recv-window']),
    };
  }
  const params = new URLSearchParams(body);
  return {
    executor,
    venueAtMs,
    apiKey: String(headers['x-mbx-apikey']),
    clientOrderId: params.get('newClientOrderId') ?? '',
    timestamp: Number(params.get('timestamp')),
    recvWindow: Number(params.get('recvWindow')),
  };
};

const received = (
  { signalId, strategyId, actions, symbol }: SceneSignal,
  sequence: number,
  receivedAt: string,
): { readonly envelope: Envelope; readonly event: AnyEvent } => {
  const data: EventData<'SignalReceived'> = {
    signalId,
    strategyId,
    ownerId: 'owner' as UserId,
    sequence,
    receivedAt,
    idempotencyKey: 'a'.repeat(64),
    signal: { market: { ticker: symbol, symbol }, actions: [...actions] },
  };
  const envelope = { id: `event-${signalId}` as EventId, correlationid: signalId } as unknown as Envelope;
  return { envelope, event: { type: 'SignalReceived', v: 1, data } };
};

/** Plays one scene to its end: everything that was drawn happens, then all is well, and the run goes on until nothing is open any more. */
export const playScene = async (scene: Scene, bug: Plant = {}): Promise<Played> => {
  plant(bug);
  const time = virtualTime(startMs);
  const random = createRandom(scene.seed ^ 0x5bd1e995);
  const trace: string[] = [];
  const tell = (line: string): void => void trace.push(`${((time.now() - startMs) / 1_000).toFixed(3).padStart(9)} ${line}`);
  const sent: SentOrder[] = [];
  let healed = false;

  const worldClock = { now: time.now };
  const store = memoryStore(worldClock);
  const rateRows = memoryRows(worldClock).rows;
  const vault = virtualVault(worldClock);
  const venues = Object.fromEntries(
    (['binance', 'bybit'] as const).map((name, i) => [
      name,
      venuesInProcess({ clock: time.clockWith(scene.venueSkewsMs[name]), seed: scene.seed + i }),
    ]),
  ) as Record<'binance' | 'bybit', VenuesInProcess>;
  const venueOf = (host: string): 'binance' | 'bybit' => (host.includes('bybit') ? 'bybit' : 'binance');
  const unreachable = new Map<string, number>();

  const slowness = (mostMs: number): number =>
    !healed && random.chance(scene.rough.slow) ? random.between(mostMs, 10 * mostMs) : 0;
  const passage = (): Passage => {
    const thereMs = random.between(1, 3) + slowness(300);
    const backMs = random.between(1, 3) + slowness(300);
    const isLost = !healed && random.chance(scene.rough.lost);
    return { thereMs, backMs, fate: isLost ? random.pick(['lost_before', 'lost_after'] as const) : 'arrives' };
  };
  connectWire(time, {
    way: (_process, host): Way => ({
      refused: (unreachable.get(venueOf(host)) ?? 0) > time.now(),
      thereMs: random.between(1, 40) + slowness(200),
      backMs: random.between(1, 40) + slowness(200),
    }),
    leaving: (process, raw, host) => {
      const order = sentOrder(raw, process.name, time.now() + scene.venueSkewsMs[venueOf(host)]);
      if (!order) return;
      sent.push(order);
      tell(
        `${process.name} sends ${order.clientOrderId} of ${order.apiKey.replace(/k+$/, '')} timestamp ${order.timestamp - startMs}`,
      );
    },
    venue: (host, raw) => venues[venueOf(host)][venueOf(host)](raw),
  });

  for (const {
    userId,
    strategyId,
    exchange,
    marketType,
    apiKey,
    apiSecret,
    positionMode,
    sizing,
    followsFromMs,
  } of scene.accounts) {
    venues[exchange].openAccount({
      exchange,
      apiKey,
      apiSecret,
      balances: { USDT: '100000', BTC: '1', ETH: '10' },
      ...(marketType === 'linear' && { positionMode }),
    });
    vault.keep(userId, { apiKey, apiSecret });
    const validFrom = new Date(startMs + followsFromMs).toISOString();
    store.follow({ userId, strategyId, exchange, environment: 'live', marketType, sizing, validFrom });
  }

  /** Troubles that wait for their moment. */
  const armed = new Map<VirtualProcess, () => void>();
  const submitting = (process: VirtualProcess): void => {
    const blow = armed.get(process);
    armed.delete(process);
    // While it is on its way there, or back.
    if (blow) time.plan(random.between(0, 4), blow);
  };

  let names = 0;
  const newExecutor = (): Promise<VirtualExecutor> => {
    const process = virtualProcess(`E${names}`, time, scene.executorSkewsMs[names % scene.executorSkewsMs.length] ?? 0);
    names += 1;
    return process.run(() => virtualExecutor(process, { scene, store, rateRows, vault, passage, bug, tell, submitting }));
  };
  const start = (executor: VirtualExecutor | undefined): void => {
    if (!executor) return;
    tell(`${executor.process.name} starts`);
    executor.process.run(() => executor.start());
  };

  // All that are needed, before time begins to move: only the first ones are started.
  const crashes = scene.troubles.filter(({ kind }) => kind.startsWith('crash')).length;
  const prepared: VirtualExecutor[] = [];
  for (let i = 0; i < scene.executors + crashes + 1; i += 1) prepared.push(await newExecutor());
  const slots = prepared.splice(0, scene.executors);
  const alive = (): readonly VirtualExecutor[] => slots.filter(({ process }) => process.state() !== 'crashed');
  const replace = (slot: number): void => {
    const next = prepared.shift();
    if (!next) return;
    slots[slot] = next;
    start(next);
  };

  // Signals of one strategy come in order; each is delivered until it is fanned out.
  const accepted: { readonly signal: ReturnType<typeof received>; readonly of: SceneSignal }[] = [];
  const deliver = (): void => {
    const waiting = new Set<string>();
    for (const { signal, of } of accepted) {
      if (store.isFannedOut(of.signalId) || waiting.has(of.strategyId)) continue;
      waiting.add(of.strategyId);
      const there = alive();
      if (there.length === 0) continue;
      const taker = random.pick(there);
      taker.process.hear(() => void taker.takeSignal(signal));
    }
  };
  const deliverUntilDone = (): void => {
    deliver();
    if (accepted.some(({ of }) => !store.isFannedOut(of.signalId))) time.plan(redeliverMs, deliverUntilDone);
  };

  const strike = (kind: 'crash' | 'freeze', slot: number, forMs: number): void => {
    const victim = slots[slot]?.process;
    if (healed || !victim || victim.state() === 'crashed') return;
    if (kind === 'crash') {
      victim.crash();
      time.plan(forMs, () => replace(slot));
    } else {
      victim.freeze();
      time.plan(forMs, () => victim.thaw());
    }
  };

  const happen = (trouble: SceneTrouble): void => {
    const { kind, forMs } = trouble;
    tell(`trouble ${trouble.id}: ${kind} for ${forMs} ms${'executor' in trouble ? ` of slot ${trouble.executor}` : ''}`);
    switch (trouble.kind) {
      case 'crash':
      case 'freeze':
        strike(trouble.kind, trouble.executor, forMs);
        return;
      case 'crash_at_submit':
      case 'freeze_at_submit': {
        const victim = slots[trouble.executor]?.process;
        const blow = trouble.kind === 'crash_at_submit' ? 'crash' : 'freeze';
        if (victim) armed.set(victim, () => strike(blow, trouble.executor, forMs));
        return;
      }
      case 'vault_away':
        vault.setAway(true);
        time.plan(forMs, () => vault.setAway(false));
        return;
      case 'vault_frozen':
        vault.setFrozen(true);
        time.plan(forMs, () => vault.setFrozen(false));
        return;
      case 'unreachable':
        unreachable.set(trouble.exchange, time.now() + forMs);
        return;
      case 'key_deleted':
        vault.forget(`user-${scene.seed}-${trouble.user}`);
        return;
    }
  };

  const heal = (): void => {
    tell('everything is well again');
    healed = true;
    armed.clear();
    for (const venue of Object.values(venues)) venue.clearFaults();
    for (const { process } of slots) process.thaw();
    unreachable.clear();
    vault.setAway(false);
    vault.setFrozen(false);
    if (alive().length === 0) replace(0);
  };

  scene.signals.forEach((signal, i) =>
    time.plan(signal.atMs, () => {
      tell(`signal ${signal.id}: ${signal.actions.map(({ action }) => action).join(', ')} ${signal.symbol}`);
      accepted.push({ signal: received(signal, i + 1, new Date(time.now()).toISOString()), of: signal });
      time.plan(random.between(2, 30), deliverUntilDone);
    }),
  );
  for (const { atMs, exchange, symbol, price } of scene.prices) time.plan(atMs, () => venues[exchange].setPrice(symbol, price));
  for (const { id, atMs, exchange, body } of scene.faults) {
    time.plan(atMs, () => {
      tell(
        `fault ${id}: ${body.kind} ${JSON.stringify(body.params ?? {})} × ${body.times ?? 1} at ${body.path} for ${body.apiKey?.replace(/k+$/, '') ?? 'everybody'}`,
      );
      venues[exchange].fault(body);
    });
  }
  for (const trouble of scene.troubles) time.plan(trouble.atMs, () => happen(trouble));
  time.plan(scene.healedAtMs, heal);
  for (const executor of slots) start(executor);

  const isQuiet = (): boolean =>
    healed && store.open() === 0 && scene.signals.every(({ signalId }) => store.isFannedOut(signalId));
  let quiet = await time.runUntil(isQuiet, scene.healedAtMs + patienceMs);
  await time.runUntil(() => false, lingerMs);
  const unproven = store.rows().some(({ trade }) => trade.status === 'expired' && trade.reason === 'unproven');
  if (quiet && unproven) {
    tell('all executors end; another one starts an hour later');
    for (const { process } of slots) process.crash();
    await time.runUntil(() => false, lateMs);
    start(prepared.shift());
    await time.runUntil(() => false, watchedMs);
    quiet = await time.runUntil(isQuiet, patienceMs);
  }
  takeClientsBack(time);
  for (const { request } of store.rows()) {
    for (const { type, time: at, data } of store.eventsOf(request.tradeId)) {
      const { attempt, reason, cause, status, filled } = data as Readonly<Record<string, unknown>>;
      trace.push(`${at} ${request.clientOrderId} ${type} ${JSON.stringify({ attempt, reason, cause, status, filled })}`);
    }
  }
  const book = [...venues.binance.book(), ...venues.bybit.book()];
  for (const { clientOrderId, status, executed, acceptedAtMs } of book)
    trace.push(`book ${clientOrderId} ${status} ${executed} at ${(acceptedAtMs - startMs) / 1_000}`);
  return { scene, store, venues, book, sent, quiet, trace };
};
