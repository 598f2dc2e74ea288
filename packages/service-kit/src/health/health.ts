import { withDeadline } from '@latchkey/kernel';
import { ServiceKitError } from '../errors.js';

/** Resolves when the part works, rejects when it does not. */
export type HealthCheck = () => Promise<void>;

/** A check of something that knows by itself whether it works. */
export const worksWhen =
  (works: () => boolean): HealthCheck =>
  async () => {
    if (!works()) throw new ServiceKitError('service.part_away', 'this part does not work at the moment; its log says why');
  };

export type HealthReport = {
  /** False: this service cannot do its main job and should get no traffic. */
  readonly ok: boolean;
  /** `degraded`: some part is away. */
  readonly status: 'ok' | 'degraded';
  readonly parts: Readonly<Record<string, 'ok' | 'away'>>;
};

export type Health = { readonly ready: () => Promise<HealthReport> };

// Probes come every few seconds with a patience of their own; a part that thinks longer than this is as good as away.
const checkTimeoutMs = 1_000;

const check = async ([name, run]: readonly [string, HealthCheck]): Promise<readonly [string, 'ok' | 'away']> => {
  try {
    await withDeadline(name, checkTimeoutMs, async () => run());
    return [name, 'ok'];
  } catch {
    return [name, 'away'];
  }
};

/** Readiness that tells the truth part by part: it depends on the `required` ones, and names the `optional` ones. */
export const createHealth = (of: {
  readonly required: Readonly<Record<string, HealthCheck>>;
  readonly optional?: Readonly<Record<string, HealthCheck>>;
}): Health => {
  const checks = [...Object.entries(of.required), ...Object.entries(of.optional ?? {})];
  let running: Promise<HealthReport> | undefined;
  const run = async (): Promise<HealthReport> => {
    const parts = Object.fromEntries(await Promise.all(checks.map(check)));
    const ok = Object.keys(of.required).every((name) => parts[name] === 'ok');
    const status = Object.values(parts).every((state) => state === 'ok') ? 'ok' : 'degraded';
    return { ok, status, parts };
  };
  return {
    // Probes that come together share one look at the parts.
    ready: () =>
      (running ??= run().finally(() => {
        running = undefined;
      })),
  };
};
