import { randomUUID } from 'node:crypto';
import { createPool, withTransaction } from '@latchkey/event-store';
import { systemClock } from '@latchkey/kernel';
import { database, type SpecDatabase } from '@latchkey/testkit';
import type { Pool } from 'pg';
import { afterAll } from 'vitest';
import { fanOut } from '../../app/fan-out.js';
import { storeContract } from '../../testing/store-contract.js';
import { createExecutorStore } from './executor-store.js';
import { fanOutRows } from './fan-out-rows.js';
import { createFollowings } from './followings.js';
import { createHalts } from './halts.js';
import { createHoldings } from './holdings.js';
import { createPartitionLeases } from './partition-leases.js';
import { createTradeLog } from './trade-log.js';
import { createTradeQueue } from './trade-queue.js';
import { createUnprovenTrades } from './unproven-trades.js';

let db: SpecDatabase | undefined;
let pool: Pool | undefined;
afterAll(async () => {
  await pool?.end();
  await db?.drop();
});

const nothing = () => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const context = () => ({ actor: 'user:spec', correlationId: randomUUID() });

storeContract('Postgres', async () => {
  db = await database('trade-executor');
  const opened = createPool({ url: db.url, applicationName: 'store-contract', max: 6, log: silent });
  pool = opened;
  const store = createExecutorStore(systemClock);
  const parts = { pool: opened, store, afterCommit: nothing };
  const followings = createFollowings(parts);
  const halts = createHalts(parts);
  const handle = fanOut(fanOutRows(store));
  return {
    trades: createTradeLog(parts),
    queue: createTradeQueue(opened),
    unproven: createUnprovenTrades(opened),
    holdings: createHoldings(opened, systemClock.now),
    leasesOf: (holder, ttlMs) => createPartitionLeases({ pool: opened, holder, ttlMs }),
    fanOut: (signal) => withTransaction(opened, (tx) => handle(tx, signal)),
    follow: async (strategyId, following) => {
      const data = { strategyId, enabled: true, ...following };
      await followings.handle({ strategyId, userId: following.userId }, { type: 'SetFollowing', data }, context());
    },
    haltUser: async (userId, reason) => {
      await halts.halt({ type: 'HaltTrading', data: { target: { scope: 'user', userId }, reason } }, context());
    },
  };
});
