import { metrics, type Attributes, type Meter } from '@opentelemetry/api';
import { scope } from './spans.js';

/** Where our instruments are made. Ask for it when a part is built, not when its file is read: telemetry may not have started by then. */
export const meter = (): Meter => metrics.getMeter(scope);

/** One figure of a gauge. */
export type Reading = { readonly value: number; readonly attributes?: Attributes };

export type GaugeOptions = { readonly description: string; readonly unit: string };

/**
 * Gauges that are read together, when (and only when) somebody collects them: one look at a database serves all of them. After a look that
 * fails the SDK tells the last figures again; it disturbs nothing.
 *
 * @returns ends it
 */
export const observeGauges = <Name extends string>(
  gauges: Readonly<Record<Name, GaugeOptions>>,
  read: () => Promise<Readonly<Partial<Record<Name, readonly Reading[]>>>>,
): (() => void) => {
  const of = meter();
  const names = Object.keys(gauges) as Name[];
  const made = new Map(names.map((name) => [name, of.createObservableGauge(name, gauges[name])]));
  const callback: Parameters<Meter['addBatchObservableCallback']>[0] = async (result) => {
    const readings = await read().catch((): Partial<Record<Name, readonly Reading[]>> => ({}));
    for (const [name, gauge] of made) {
      for (const { value, attributes } of readings[name] ?? []) result.observe(gauge, value, attributes);
    }
  };
  const all = [...made.values()];
  of.addBatchObservableCallback(callback, all);
  return () => of.removeBatchObservableCallback(callback, all);
};
