import type { EventOf, MarketPosition, MissedAlert } from '@latchkey/contracts';
import type { SignalId } from '@latchkey/kernel';
import type { AlertToTake, Taken } from '../../app/ports.js';
import { marketKeyOf } from '../../domain/alert/ticker.js';
import { sameBodyWindowMs, windowKeyOf } from '../../domain/alert/alert-key.js';

export type KnownKey = {
  readonly strategyId: string;
  readonly key: string;
  readonly signalId: SignalId;
  readonly bodyDigest: string;
};
export type KnownBody = {
  readonly strategyId: string;
  readonly bodyDigest: string;
  readonly signalId: SignalId;
  readonly receivedAtMs: number;
};

/** What an alert said of where its strategy's position on a market is now; null: nothing. */
export type ToldPosition = {
  readonly strategyId: string;
  readonly symbol: string;
  readonly position: MarketPosition | null;
};

/** What the database knows of a group's strategies, all of which are locked. */
export type Past = {
  /** Signals so far, by strategy; a strategy that is missing was deleted. */
  readonly counts: ReadonlyMap<string, number>;
  readonly keys: readonly KnownKey[];
  /** The newest signal with each body. */
  readonly bodies: readonly KnownBody[];
  /** Where the last alerts left their strategies' positions, where they told. */
  readonly positions: readonly ToldPosition[];
};

export type NewSignal = {
  readonly alert: AlertToTake;
  readonly key: string;
  readonly event: EventOf<'SignalReceived'>;
  duplicates: number;
};

export type GroupOutcome = {
  /** In the order of the alerts. */
  readonly answers: readonly Taken[];
  readonly signals: readonly NewSignal[];
  /** Further deliveries of signals that were stored before. */
  readonly repeated: ReadonlyMap<SignalId, number>;
  /** As the new signals leave them. */
  readonly positions: readonly ToldPosition[];
};

const at = (...parts: readonly string[]): string => parts.join('\n');

/** Decides alerts one after the other, as if each had come alone: which become signals, with which number, and which are one already. */
export const decideGroup = (alerts: readonly AlertToTake[], past: Past): GroupOutcome => {
  const counts = new Map(past.counts);
  const byKey = new Map(past.keys.map((known) => [at(known.strategyId, known.key), known]));
  const byBody = new Map(past.bodies.map((known) => [at(known.strategyId, known.bodyDigest), known]));
  const left = new Map(past.positions.map((told) => [at(told.strategyId, told.symbol), told]));
  const positions = new Map<string, ToldPosition>();
  const signals = new Map<SignalId, NewSignal>();
  const repeated = new Map<SignalId, number>();

  const again = (signalId: SignalId): Taken => {
    const fresh = signals.get(signalId);
    if (fresh) fresh.duplicates += 1;
    else repeated.set(signalId, (repeated.get(signalId) ?? 0) + 1);
    return { outcome: 'duplicate', signalId };
  };

  /** What is missing between the alert before and this one, which is the last one now. */
  const missedBefore = ({ strategyId, signal }: AlertToTake): { readonly missed?: MissedAlert } => {
    const { market, prevMarketPosition: found, marketPosition: position = null } = signal;
    const symbol = marketKeyOf(market);
    const key = at(strategyId, symbol);
    const before = left.get(key)?.position ?? null;
    const told = { strategyId, symbol, position };
    left.set(key, told);
    positions.set(key, told);
    return before !== null && found !== undefined && found !== before ? { missed: { left: before, found } } : {};
  };

  const accept = (alert: AlertToTake, key: string, sequence: number): Taken => {
    const { signalId, strategyId, ownerId, receivedAtMs, bodyDigest, signal } = alert;
    const receivedAt = new Date(receivedAtMs).toISOString();
    const missed = missedBefore(alert);
    const data = { signalId, strategyId, ownerId, sequence, receivedAt, idempotencyKey: key, signal: { ...signal, ...missed } };
    counts.set(strategyId, sequence);
    byKey.set(at(strategyId, key), { strategyId, key, signalId, bodyDigest });
    byBody.set(at(strategyId, bodyDigest), { strategyId, bodyDigest, signalId, receivedAtMs });
    signals.set(signalId, { alert, key, event: { type: 'SignalReceived', v: 1, data }, duplicates: 0 });
    return { outcome: 'accepted', signalId, ...missed };
  };

  const decide = (alert: AlertToTake): Taken => {
    const { strategyId, bodyDigest, sameness, receivedAtMs } = alert;
    const count = counts.get(strategyId);
    if (count === undefined) return { outcome: 'gone' };
    if (sameness.kind === 'fixed') {
      const known = byKey.get(at(strategyId, sameness.key));
      if (!known) return accept(alert, sameness.key, count + 1);
      // A signal that was put back from the record has no digest: its body is not in there.
      return known.bodyDigest === bodyDigest || known.bodyDigest === '' ? again(known.signalId) : { outcome: 'key_reused' };
    }
    const before = byBody.get(at(strategyId, bodyDigest));
    if (before && receivedAtMs - before.receivedAtMs < sameBodyWindowMs) return again(before.signalId);
    return accept(alert, windowKeyOf(strategyId, bodyDigest, before?.signalId ?? null), count + 1);
  };

  return { answers: alerts.map(decide), signals: [...signals.values()], repeated, positions: [...positions.values()] };
};
