import type { StrategyId } from '@latchkey/kernel';
import { canonicalJson, sha256Hex } from '@latchkey/kernel';
import type { Alert } from './read-alert.js';

/** How long an alert that says neither key nor time is taken for the same one as its equal before. */
export const sameBodyWindowMs = 30_000;
/** How far back an alert may have fired that does not say so itself. */
const maxLagSeconds = 300;

/** Two alerts with one digest have the same body, whatever the order of its fields. */
export const bodyDigestOf = (alert: Pick<Alert, 'body'>): string => sha256Hex(canonicalJson(alert.body));

/**
 * What makes an alert the same as one before. `fixed` holds for ever. `window`: nothing in the body tells two equal alerts apart, so they
 * are one for 30 s only. `orderId` is never part of it by itself: it is the strategy's name of an order, and comes again with every trade.
 */
export type Sameness = { readonly kind: 'fixed'; readonly key: string } | { readonly kind: 'window' };

const keyOf = (...parts: readonly (string | null)[]): string => sha256Hex(canonicalJson(parts));

export const samenessOf = (
  strategyId: StrategyId,
  alert: Pick<Alert, 'idempotencyKey' | 'firedAtMs'>,
  bodyDigest: string,
): Sameness => {
  if (alert.idempotencyKey !== undefined) return { kind: 'fixed', key: keyOf('given', strategyId, alert.idempotencyKey) };
  if (alert.firedAtMs !== undefined) return { kind: 'fixed', key: keyOf('body', strategyId, bodyDigest) };
  return { kind: 'window' };
};

/**
 * The key of an alert whose sameness lasts 30 s. It names the last signal with an equal body, so two gateways that see the same past
 * compute the same key, and the unique constraint lets one of them through.
 *
 * @param previousSignalId the strategy's newest signal with this body, outside of the window; `null` if there is none
 */
export const windowKeyOf = (strategyId: StrategyId, bodyDigest: string, previousSignalId: string | null): string =>
  keyOf('window', strategyId, bodyDigest, previousSignalId);

/** How many seconds ago an alert may have fired: what it says itself wins. */
export const mostLagOf = (alert: Pick<Alert, 'maxLagSeconds'>): number => alert.maxLagSeconds ?? maxLagSeconds;

/** True when the alert says that it fired longer ago than may be. */
export const isStale = (alert: Pick<Alert, 'firedAtMs' | 'maxLagSeconds'>, nowMs: number): boolean =>
  alert.firedAtMs !== undefined && nowMs - alert.firedAtMs > mostLagOf(alert) * 1_000;
