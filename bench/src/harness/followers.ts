import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decimal, type StrategyId, type UserId } from '@latchkey/kernel';
import { fillCredentials } from '@latchkey/key-vault/testing';
import { fillFollowings } from '@latchkey/trade-executor/testing';
import { inParallel, json } from './http.js';
import type { Stack } from './stack.js';

export type Follower = { readonly id: string; readonly token: string; readonly apiKey: string; readonly apiSecret: string };
export type Strategy = { readonly id: string; readonly webhookUrl: string };
export type BookedOrder = { readonly apiKey: string; readonly clientOrderId: string; readonly receivedAt: string };

/** An account at the simulated venue. */
export const openAccount = async (stack: Stack): Promise<{ readonly apiKey: string; readonly apiSecret: string }> => {
  const account = { apiKey: randomBytes(32).toString('hex'), apiSecret: randomBytes(32).toString('hex') };
  await json(`${stack.simulator.control}/accounts`, {
    method: 'POST',
    body: { exchange: 'binance', ...account, balances: { USDT: '10000000' } },
  });
  return account;
};

/** A user with a verified key. */
const newFollower = async (stack: Stack): Promise<Follower> => {
  const id = `follower-${randomUUID()}`;
  const token = await stack.tokenOf(id);
  const account = await openAccount(stack);
  const api = stack.description().gateway.url;
  await json(`${api}/api/user-api-keys/binance`, { method: 'POST', body: account, token });
  await json(`${api}/api/user-api-keys/binance/verify`, { method: 'POST', token });
  return { id, token, ...account };
};

export const newStrategy = async (stack: Stack, owner: string): Promise<Strategy> => {
  const body = { name: 'Bench' };
  const answer = await json<{ strategy: Strategy }>(`${stack.description().gateway.url}/api/strategies`, {
    method: 'POST',
    body,
    token: await stack.tokenOf(owner),
  });
  return answer.strategy;
};

export const follow = (stack: Stack, { token }: Follower, { id }: Strategy): Promise<unknown> =>
  json(`${stack.description().gateway.url}/api/strategies/${id}/follow`, {
    method: 'PUT',
    body: { exchange: 'binance', marketType: 'spot', sizing: { mode: 'quote_amount', value: '50' } },
    token,
  });

/** So many users with verified keys; a few at a time, as people come. */
export const newFollowers = (stack: Stack, count: number): Promise<readonly Follower[]> =>
  inParallel(Array.from({ length: count }), 8, () => newFollower(stack));

/**
 * Many followers of one strategy at once, each with a verified key and an account at the venue: written by the vault's own cipher and event
 * store and the executor's own projection, as their use cases would have. People who come one by one would take minutes.
 */
export const fillFollowers = async (stack: Stack, { id }: Strategy, count: number): Promise<void> => {
  const { postgres, keys } = stack.description();
  const accounts = await inParallel(Array.from({ length: count }), 16, async () => ({
    userId: `filled-${randomUUID()}`,
    ...(await openAccount(stack)),
  }));
  await fillCredentials({
    databaseUrl: postgres.databases['key-vault'],
    encryptionKey: readFileSync(join(keys.folder, 'encryption-key'), 'utf8').trim(),
    accounts,
  });
  await fillFollowings({
    databaseUrl: postgres.databases['trade-executor'],
    followings: accounts.map(({ userId }) => ({
      strategyId: id as StrategyId,
      userId: userId as UserId,
      exchange: 'binance',
      environment: 'live',
      marketType: 'spot',
      sizing: { mode: 'quote_amount', value: decimal('50') },
      enabled: true,
    })),
  });
};

let alerts = 0;
/** Posts an alert like no other. @returns when it was posted (ms, by the machine's clock) and how long the answer took */
export const postAlert = async ({
  webhookUrl,
}: Strategy): Promise<{ readonly signalId: string; readonly postedAt: number; readonly answeredMs: number }> => {
  alerts += 1;
  const body = { ticker: 'BTCUSDT', action: 'buy', idempotencyKey: `bench-${process.pid}-${alerts}` };
  const postedAt = performance.timeOrigin + performance.now();
  const { signalId } = await json<{ signalId: string }>(webhookUrl, { method: 'POST', body });
  return { signalId, postedAt, answeredMs: performance.timeOrigin + performance.now() - postedAt };
};

/** The venue's own book of one account, oldest first; of all without one. */
export const bookOf = (stack: Stack, apiKey = ''): Promise<readonly BookedOrder[]> =>
  json<BookedOrder[]>(`${stack.simulator.control}/orders?apiKey=${apiKey}`);

/** When the venue received each order (ms, by the machine's clock). */
export const arrivals = (orders: readonly BookedOrder[]): readonly number[] =>
  orders.map(({ receivedAt }) => Date.parse(receivedAt));

const createPaths = ['/api/v3/order'];

/** How many orders the venue has answered with success so far. */
export const ordersTaken = async (stack: Stack): Promise<number> => {
  const { requests } = await json<{ requests: Record<string, Record<string, number>> }>(`${stack.simulator.control}/stats`);
  return createPaths.reduce((sum, path) => sum + (requests[path]?.['200'] ?? 0), 0);
};

/** Every order reaches the venue so much later while `work` runs. */
export const withLatency = async <T>(stack: Stack, ms: number, work: () => Promise<T>): Promise<T> => {
  if (ms === 0) return work();
  const faults = `${stack.simulator.control}/faults`;
  for (const path of createPaths)
    await json(faults, { method: 'POST', body: { kind: 'delay', path, method: 'POST', times: 1_000_000, params: { ms } } });
  try {
    return await work();
  } finally {
    await json(faults, { method: 'DELETE' });
  }
};
