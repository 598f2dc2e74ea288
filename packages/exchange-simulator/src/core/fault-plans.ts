import { drawFaults, type ArrivedOrder, type FaultPlan } from './fault-plan.js';
import type { FaultKind, Faults } from './faults.js';

/** How a plan goes, for whoever runs one. */
export type FaultPlanView = {
  readonly plan: FaultPlan | null;
  /** Orders that arrived since the plan was set, each counted once however often it is sent. */
  readonly orders: number;
  /** Orders that faults were drawn for. */
  readonly hit: number;
  readonly drawn: Partial<Readonly<Record<FaultKind, number>>>;
  /** Of those, how many have happened. A second send or a look-up that never comes leaves its fault waiting. */
  readonly met: Partial<Readonly<Record<FaultKind, number>>>;
};

export type FaultPlans = {
  readonly set: (plan: FaultPlan) => FaultPlanView;
  /** No more are drawn, and what waits never happens. */
  readonly end: () => FaultPlanView;
  readonly view: () => FaultPlanView;
  /** Called once per request that brings an order, before anything of it is looked at. */
  readonly arrived: (order: ArrivedOrder) => void;
};

type Counts = Partial<Record<FaultKind, number>>;
const count = (counts: Counts, kind: FaultKind): void => {
  counts[kind] = (counts[kind] ?? 0) + 1;
};

export const createFaultPlans = (faults: Faults): FaultPlans => {
  let plan: FaultPlan | undefined;
  let seen = new Set<string>();
  let hit = 0;
  let drawn: Counts = {};
  let met: Counts = {};

  const view = (): FaultPlanView => ({ plan: plan ?? null, orders: seen.size, hit, drawn: { ...drawn }, met: { ...met } });
  const concerns = ({ exchange, apiKey }: FaultPlan, order: ArrivedOrder): boolean =>
    (exchange === undefined || exchange === order.exchange) && (apiKey === undefined || apiKey === order.apiKey);

  return {
    view,
    set: (asked) => {
      plan = asked;
      seen = new Set();
      hit = 0;
      drawn = {};
      met = {};
      return view();
    },
    end: () => {
      plan = undefined;
      faults.clearOrders();
      return view();
    },
    arrived: (order) => {
      if (plan === undefined || !concerns(plan, order)) return;
      const name = `${order.exchange} ${order.market} ${order.apiKey} ${order.clientOrderId}`;
      if (seen.has(name)) return;
      seen.add(name);
      const own = drawFaults(plan, order);
      if (own.length > 0) hit += 1;
      for (const draft of own) {
        count(drawn, draft.kind);
        faults.set(draft, () => count(met, draft.kind));
      }
    },
  };
};
