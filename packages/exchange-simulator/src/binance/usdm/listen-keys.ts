import type { ApiKey } from '../../core/names.js';
import type { World } from '../../core/world.js';

const lifeMs = 60 * 60_000;

/** The keys that open USDM's private streams: one at a time per account, alive for an hour after it was asked for or renewed. */
export type ListenKeys = {
  /** The live one, with another hour; else a new one. */
  readonly obtain: (apiKey: ApiKey) => string;
  /** False without a live one. */
  readonly extend: (apiKey: ApiKey) => boolean;
  /** False without a live one. */
  readonly end: (apiKey: ApiKey) => boolean;
  /** Whose it is; undefined for one that is not, or no longer, alive. */
  readonly ownerOf: (listenKey: string) => ApiKey | undefined;
  readonly keyOf: (apiKey: ApiKey) => string | undefined;
  /** Told when that key ends: by its time, or because its owner wanted it. @returns stops listening */
  readonly onEnd: (listenKey: string, listener: EndListener) => () => void;
};
type EndListener = (why: 'expired' | 'deleted') => void;

type Live = { readonly listenKey: string; expiresAtMs: number };

export const createListenKeys = ({ clock, timers, ids }: Pick<World, 'clock' | 'timers' | 'ids'>): ListenKeys => {
  const live = new Map<ApiKey, Live>();
  const owners = new Map<string, ApiKey>();
  const listeners = new Map<string, Set<EndListener>>();

  const forget = (apiKey: ApiKey, { listenKey }: Live, why: 'expired' | 'deleted'): void => {
    live.delete(apiKey);
    owners.delete(listenKey);
    for (const listener of listeners.get(listenKey) ?? []) listener(why);
    listeners.delete(listenKey);
  };
  const watch = (apiKey: ApiKey, known: Live): void => {
    timers.later(known.expiresAtMs - clock.now(), () => {
      if (live.get(apiKey) !== known) return;
      if (clock.now() < known.expiresAtMs) watch(apiKey, known);
      else forget(apiKey, known, 'expired');
    });
  };
  const extend = (apiKey: ApiKey): boolean => {
    const known = live.get(apiKey);
    if (known !== undefined) known.expiresAtMs = clock.now() + lifeMs;
    return known !== undefined;
  };

  return {
    obtain: (apiKey) => {
      if (!extend(apiKey)) {
        const fresh: Live = { listenKey: ids.newListenKey(), expiresAtMs: clock.now() + lifeMs };
        live.set(apiKey, fresh);
        owners.set(fresh.listenKey, apiKey);
        watch(apiKey, fresh);
      }
      return live.get(apiKey)?.listenKey ?? '';
    },
    extend,
    end: (apiKey) => {
      const known = live.get(apiKey);
      if (known !== undefined) forget(apiKey, known, 'deleted');
      return known !== undefined;
    },
    ownerOf: (listenKey) => owners.get(listenKey),
    keyOf: (apiKey) => live.get(apiKey)?.listenKey,
    onEnd: (listenKey, listener) => {
      const own = listeners.get(listenKey) ?? new Set();
      listeners.set(listenKey, own.add(listener));
      return () => own.delete(listener);
    },
  };
};
