import type { MissedAlert } from '@latchkey/contracts';
import { newId, sha256Hex, type Clock, type SignalId, type Traceparent } from '@latchkey/kernel';
import { randomUUID } from 'node:crypto';
import { bodyDigestOf, isStale, mostLagOf, samenessOf } from '../domain/alert/alert-key.js';
import { readAlert, type Alert } from '../domain/alert/read-alert.js';
import type { Refusal } from '../domain/alert/refusal.js';
import { isWebhookToken } from '../domain/strategy/webhook-token.js';
import type { Alerts, Strategies, StrategyRow } from './ports.js';

type Deps = {
  readonly strategies: Pick<Strategies, 'byToken'>;
  readonly alerts: Pick<Alerts, 'take' | 'refuse' | 'findByKey'>;
  readonly clock: Clock;
};

export type AlertAnswer =
  | { readonly outcome: 'accepted' | 'duplicate'; readonly signalId: SignalId; readonly warnings: readonly string[] }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
  | { readonly outcome: 'no_such_webhook' };

const stale = (alert: Alert): Refusal => ({
  code: 'signal.stale',
  message: `the alert fired more than ${mostLagOf(alert)} s ago; send {{timenow}} as "${alert.timeField}" ({{time}} is the bar's time) and check the sender's clock`,
  field: alert.timeField,
});
const missedWarning = ({ left, found }: MissedAlert): string =>
  `the alert before left the strategy ${left} on this market and this one found it ${found}: an alert in between did not arrive, or came in another order; see TradingView's alert log`;

const keyReused: Refusal = {
  code: 'signal.key_reused',
  message: 'another alert of this strategy had the same idempotencyKey and another body; give each alert its own key',
  field: 'idempotencyKey',
};

/**
 * Takes an alert: stored when it answers `accepted`, and once only, however often it is delivered. A refusal is recorded where the
 * strategy's owner sees it; of the body only what we understood is kept.
 *
 * @param request.deadlineMs moment (epoch milliseconds) after which the sender is told that nothing is known
 * @throws whatever storage throws: then it is not known whether the alert was stored
 */
export const takeAlert =
  ({ strategies, alerts, clock }: Deps) =>
  async (request: { token: string; body: string; traceparent: Traceparent; deadlineMs: number }): Promise<AlertAnswer> => {
    const strategy = isWebhookToken(request.token) ? await strategies.byToken(request.token) : undefined;
    if (!strategy) return { outcome: 'no_such_webhook' };
    const receivedAtMs = clock.now();
    const context = { actor: `strategy:${strategy.id}`, correlationId: randomUUID(), traceparent: request.traceparent };
    const from = { strategyId: strategy.id, ownerId: strategy.ownerId, receivedAtMs, context };
    const refuse = async (refusal: Refusal, bodyDigest: string): Promise<AlertAnswer> => {
      await alerts.refuse({ ...from, ...refusal, bodyDigest });
      return { outcome: 'refused', refusal };
    };

    const alert = readAlert(request.body);
    if (!alert.ok) return refuse(alert.refusal, sha256Hex(request.body));
    const bodyDigest = bodyDigestOf(alert.value);
    const sameness = samenessOf(strategy.id, alert.value, bodyDigest);
    const { warnings } = alert.value;
    if (isStale(alert.value, receivedAtMs)) {
      // A late re-delivery of what was taken in time is a duplicate, not a new alert that came too late.
      const taken = sameness.kind === 'fixed' ? await findTaken(alerts, strategy, sameness.key) : undefined;
      return taken ? { outcome: 'duplicate', signalId: taken, warnings } : refuse(stale(alert.value), bodyDigest);
    }
    const taken = await alerts.take({
      ...from,
      signalId: newId<SignalId>(),
      sameness,
      bodyDigest,
      signal: alert.value.signal,
      deadlineMs: request.deadlineMs,
    });
    if (taken.outcome === 'gone') return { outcome: 'no_such_webhook' };
    if (taken.outcome === 'key_reused') return refuse(keyReused, bodyDigest);
    const { outcome, signalId } = taken;
    const missed = 'missed' in taken ? taken.missed : undefined;
    return { outcome, signalId, warnings: missed ? [...warnings, missedWarning(missed)] : warnings };
  };

const findTaken = (alerts: Deps['alerts'], strategy: StrategyRow, key: string): Promise<SignalId | undefined> =>
  alerts.findByKey(strategy.id, key);
