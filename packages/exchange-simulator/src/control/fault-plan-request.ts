import type { z } from 'zod';
import { plannedKinds, type FaultPlan } from '../core/fault-plan.js';
import type { FaultKind } from '../core/faults.js';
import { SimulatorError } from '../core/simulator-error.js';
import type { faultPlanBody } from './schemas.js';

const plannedKind = (name: string): FaultKind => {
  const kind = plannedKinds.find((known) => known === name);
  if (kind === undefined)
    throw new SimulatorError('not_supported', `a plan has no kind "${name}"; its kinds are ${plannedKinds.join(', ')}`);
  return kind;
};

const byKind = <Value>(values: Readonly<Record<string, Value>>): Partial<Record<FaultKind, Value>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [plannedKind(name), value]));

/** Without a word, 30 % of all orders meet one to three faults of all kinds, each as likely as the others. @throws {SimulatorError} `not_supported` */
export const faultPlan = (body: z.infer<typeof faultPlanBody>): FaultPlan => {
  const { seed = 1, share = 0.3, most = 3, kinds = [...plannedKinds], lookUpShare = 0.25, ms = {}, exchange, apiKey } = body;
  return {
    seed,
    share,
    most,
    kinds: byKind(Array.isArray(kinds) ? Object.fromEntries(kinds.map((kind) => [kind, 1])) : kinds),
    lookUpShare,
    ms: byKind(ms),
    ...(exchange === undefined ? {} : { exchange }),
    ...(apiKey === undefined ? {} : { apiKey }),
  };
};
