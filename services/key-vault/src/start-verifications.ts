import { randomUUID } from 'node:crypto';
import { createLease } from '@latchkey/event-store';
import { systemClock } from '@latchkey/kernel';
import type { RpcClient } from '@latchkey/messaging';
import type { ServiceContext } from '@latchkey/service-kit';
import type { Pool } from 'pg';
import { createExecutorClient } from './adapters/nats/executor-client.js';
import { every } from './adapters/timer/every.js';
import { roundsOnceKnown } from './app/once-known.js';
import type { KeyVaultConfig } from './config.js';
import { observeVerifications } from './telemetry/observe-verifications.js';
import type { Vault } from './vault.js';

/** Keys become due to the second; a round costs one look at an index for each exchange. */
const roundEveryMs = 1_000;
/** Nothing is lost when it changes hands late: what is due stays due. */
const leaseMs = 15_000;
/** The executor has 20 s for the venue's answer. */
const drainTimeoutMs = 25_000;

type Parts = {
  readonly vault: Vault;
  readonly pool: Pool;
  readonly rpc: Pick<RpcClient, 'call'>;
  /** Whether log and stream were compared: no string is signed before. */
  readonly isKnown: () => boolean;
};

/** Daily verification, by one vault of several, and notices of keys that end. */
export const startVerifications = (
  { config, log, lifecycle }: ServiceContext<KeyVaultConfig>,
  { vault, pool, rpc, isKnown }: Parts,
): void => {
  lifecycle.onStop(
    'notices of keys that end',
    every({
      everyMs: roundEveryMs,
      what: 'noticing keys that end soon',
      work: roundsOnceKnown(vault.noticeExpiries, isKnown),
      log,
    }),
  );
  lifecycle.onStop('figures of verifications', observeVerifications(vault.verificationQueue, systemClock));
  if (config.VERIFICATIONS_PER_MINUTE === 0) {
    log.warn(
      {},
      'keys are not verified by schedule (VERIFICATIONS_PER_MINUTE=0): one that was revoked is found out by its orders',
    );
    return;
  }
  // A process that was started again under the same name must not pass for the one that died.
  const holder = `${config.LATCHKEY_INSTANCE}/${randomUUID()}`;
  const lease = createLease({ pool, name: 'verifications', holder, ttlMs: leaseMs, log });
  const daily = vault.reverification({
    executor: createExecutorClient(rpc),
    isOurTurn: () => lease.held() !== undefined,
    isKnown,
    perMinute: config.VERIFICATIONS_PER_MINUTE,
    log,
  });
  lease.start();
  lifecycle.onStop('the turn to verify', () => lease.stop());
  const stop = every({ everyMs: roundEveryMs, what: 'verifying keys that are due', work: daily.round, log });
  lifecycle.onStop(
    'verifications under way',
    async () => {
      await stop();
      await daily.settled();
    },
    { timeoutMs: drainTimeoutMs },
  );
};
