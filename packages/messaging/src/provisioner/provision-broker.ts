import { messageOf } from '@latchkey/kernel';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../broker/broker.js';
import { BrokerError } from '../broker/broker-error.js';
import type { MessagingLog } from '../log.js';
import { checkServerVersion } from '../start-up/server-version.js';
import { describeDifferences } from './differences.js';
import { ensureAll, type ProvisionReport } from './ensure.js';
import { forbiddenSubject, lastingRefusal } from './jetstream-error.js';
import { checkServerSettings } from './server-settings.js';

export type ProvisionOptions = {
  /** Of the `provisioner` identity. */
  readonly broker: Broker;
  readonly log: MessagingLog;
  /** Copies of each stream: 1, or 3 in production. */
  readonly replicas?: number;
  /** Looks again every second and after each reconnect, and makes again what is gone, until {@link Provisioned.stop}. */
  readonly watch: boolean;
  /** Where the server's monitoring listens, to check what only it tells (`sync_interval`). */
  readonly monitorUrl?: string;
};

export type Provisioned = {
  /** What the first pass did. */
  readonly report: ProvisionReport;
  readonly stop: () => Promise<void>;
};

const pollMs = 1_000;
// Short: a question that was under way when the server died is answered by nobody, and the next pass waits for it.
const apiTimeoutMs = 2_000;

const pass = async (connection: NatsConnection, replicas: number, log: MessagingLog): Promise<ProvisionReport> => {
  try {
    // checkAPI would ask for the account's statistics, which this identity may not see.
    const jsm = await jetstreamManager(connection, { checkAPI: false, timeout: apiTimeoutMs });
    return await ensureAll(jsm, replicas, log);
  } catch (cause) {
    const subject = forbiddenSubject(cause);
    if (subject !== undefined) {
      const message = `the NATS server does not let the provisioner use "${subject}"; generate infra/nats/permissions.conf again and reload the server`;
      throw new BrokerError('broker.forbidden', message, { subject }, { cause });
    }
    const refusal = lastingRefusal(cause);
    if (refusal === undefined) throw cause;
    throw new BrokerError(
      'broker.provision_refused',
      `the NATS server refuses: ${refusal}; correct its limits or the number of copies`,
      {},
      { cause },
    );
  }
};

/** A server that has only just started may not answer yet: what no {@link BrokerError} explains is tried again. */
const firstPass = async (broker: Broker, replicas: number, log: MessagingLog): Promise<ProvisionReport> => {
  for (;;) {
    const connection = await broker.connected();
    checkServerVersion(connection);
    try {
      return await pass(connection, replicas, log);
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      log.warn({ reason: messageOf(error) }, 'streams and durables could not be made yet; trying on');
      await sleep(pollMs);
    }
  }
};

/** A stream that is wrong beyond repair must be seen by whoever runs this, not only logged. */
const refuseDifferent = ({ different }: ProvisionReport): void => {
  if (different.length === 0) return;
  const lines = different.map(({ name, differences }) => describeDifferences(name, differences));
  throw new BrokerError(
    'broker.settings_differ',
    `${lines.join('\n')}\nDelete what differs (its events are in Postgres) and run this again`,
    { different },
  );
};

/**
 * Makes the streams and durables that the tables of contracts name, and corrects their settings. Safe to run at any time, also by several at
 * once. Waits for a broker that is away.
 *
 * @throws {BrokerError} `broker.settings_differ`, `broker.server_too_old`, `broker.forbidden`,
 *   `broker.provision_refused`, `broker.config_invalid`, `broker.closed`; with `watch`, only at
 *   the first pass: later ones log and try on
 */
export const provisionBroker = async ({
  broker,
  log,
  replicas = 1,
  watch,
  monitorUrl,
}: ProvisionOptions): Promise<Provisioned> => {
  checkServerVersion(await broker.connected());
  if (monitorUrl !== undefined) await checkServerSettings(monitorUrl);
  const report = await firstPass(broker, replicas, log);
  refuseDifferent(report);
  if (!watch) return { report, stop: () => Promise.resolve() };

  const ending = new AbortController();
  let wake = new AbortController();
  const stopListening = broker.onReconnect(() => wake.abort());
  const look = async (): Promise<void> => {
    let told = '';
    while (!ending.signal.aborted) {
      await sleep(pollMs, undefined, { signal: AbortSignal.any([ending.signal, wake.signal]) }).catch(() => undefined);
      if (wake.signal.aborted) wake = new AbortController();
      const live = broker.connection();
      if (ending.signal.aborted || !live) continue;
      try {
        await pass(live, replicas, log);
        told = '';
      } catch (error) {
        const reason = messageOf(error);
        if (reason !== told) log.warn({ reason }, 'streams and durables could not be looked at; trying on');
        told = reason;
      }
    }
  };
  const looking = look();
  return {
    report,
    stop: async () => {
      ending.abort();
      stopListening();
      await looking;
    },
  };
};
