import { systemClock } from '@latchkey/kernel';
import { fanOut } from '../app/fan-out.js';
import { scopeKey } from '../domain/risk/bar-on-opening.js';
import { memoryStore } from './memory-store.js';
import { storeContract } from './store-contract.js';

storeContract('the store in memory', async () => {
  const store = memoryStore(systemClock);
  const handle = fanOut(store.fanOut);
  const halts = new Map<string, string>();
  return {
    ...store,
    fanOut: (signal) => handle(store.tx, signal),
    follow: async (strategyId, following) =>
      store.follow({ ...following, strategyId, validFrom: new Date(systemClock.now()).toISOString() }),
    haltUser: async (userId, reason) => {
      halts.set(scopeKey('user', userId), reason);
      store.setBars({ halts, limits: new Map(), standings: new Map() });
    },
  };
});
