import { meter } from '@latchkey/tracing';
import type { Attributes } from '@opentelemetry/api';

/** What a venue's answer tells of how much it still takes; the names are the venues' own, so no header is anybody else's. */
export type RateBudget = {
  /** Binance: weight or orders used up in a window, by the window's name in the header (`1m`, `10s`, `1d`). */
  readonly usedWeight: Readonly<Record<string, number>>;
  readonly usedOrders: Readonly<Record<string, number>>;
  /** Bybit: requests that this account may still send to this endpoint in this second. */
  readonly remaining?: number;
};

const weight = /^x-mbx-used-weight-(\d+[smhd])$/;
const orders = /^x-mbx-order-count-(\d+[smhd])$/;

/** Reads it from an answer's headers, whatever their case; undefined when they tell nothing. */
export const budgetOf = (headers: Readonly<Record<string, unknown>>): RateBudget | undefined => {
  const usedWeight: Record<string, number> = {};
  const usedOrders: Record<string, number> = {};
  let remaining: number | undefined;
  for (const [name, text] of Object.entries(headers)) {
    const value = Number(text);
    const lower = name.toLowerCase();
    if (!lower.startsWith('x-') || !Number.isFinite(value)) continue;
    const [byWeight, byOrders] = [weight.exec(lower)?.[1], orders.exec(lower)?.[1]];
    if (byWeight !== undefined) usedWeight[byWeight] = value;
    if (byOrders !== undefined) usedOrders[byOrders] = value;
    if (lower === 'x-bapi-limit-status') remaining = value;
  }
  const told = Object.keys(usedWeight).length + Object.keys(usedOrders).length > 0 || remaining !== undefined;
  return told ? { usedWeight, usedOrders, ...(remaining !== undefined && { remaining }) } : undefined;
};

/** Keeps the newest word of each venue as gauges. */
export const createBudgetGauges = () => {
  const gauge = (name: string, unit: string, description: string) => meter().createGauge(name, { unit, description });
  const used = gauge('latchkey.venue.weight.used', '{weight}', 'Request weight used up in a window, as the venue last said');
  const sent = gauge('latchkey.venue.orders.used', '{order}', 'Orders counted in a window, as the venue last said');
  const left = gauge('latchkey.venue.requests.remaining', '{request}', 'Requests still taken, as the venue last said');
  return ({ usedWeight, usedOrders, remaining }: RateBudget, venue: Attributes): void => {
    for (const [window, value] of Object.entries(usedWeight)) used.record(value, { ...venue, 'latchkey.window': window });
    for (const [window, value] of Object.entries(usedOrders)) sent.record(value, { ...venue, 'latchkey.window': window });
    if (remaining !== undefined) left.record(remaining, venue);
  };
};
