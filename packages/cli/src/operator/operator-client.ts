import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { CommandContext } from '@latchkey/contracts';
import { newId, withDeadline } from '@latchkey/kernel';
import { readStackFile, stackHome } from '@latchkey/local-stack';
import { connectNats, createRpcClient, type RpcClient } from '@latchkey/messaging';
import { loadMessageKey } from '@latchkey/sealing';
import { baseConfig, createLogger, loadConfig } from '@latchkey/service-kit';
import { z } from 'zod';
import { CliError } from '../errors.js';

const operatorConfig = z.object({
  NATS_URL: baseConfig.NATS_URL,
  NATS_CA_FILE: baseConfig.NATS_CA_FILE,
  LATCHKEY_NKEY_SEED: baseConfig.LATCHKEY_NKEY_SEED,
  LATCHKEY_MESSAGE_KEY: baseConfig.LATCHKEY_MESSAGE_KEY,
});
type OperatorConfig = z.output<typeof operatorConfig>;

const connectWithinMs = 5_000;

/** In production the environment says where and who; beside a running stack its description does. */
const settings = (): OperatorConfig => {
  if (process.env['NATS_URL'] !== undefined) return loadConfig(operatorConfig, process.env);
  const { nats, keys } = readStackFile(stackHome().stackFile);
  const seedFile = nats.users['operator']?.seedFile;
  if (seedFile === undefined)
    throw new CliError(
      'cli.bad_option',
      'the running stack names no operator; set NATS_URL, LATCHKEY_NKEY_SEED and LATCHKEY_MESSAGE_KEY',
    );
  return loadConfig(operatorConfig, {
    NATS_URL: nats.url,
    NATS_CA_FILE: nats.caFile,
    LATCHKEY_NKEY_SEED: readFileSync(seedFile, 'utf8').trim(),
    LATCHKEY_MESSAGE_KEY_FILE: keys.operator,
  });
};

export type OperatorClient = {
  readonly rpc: RpcClient;
  /** Who is at the keyboard, as the record will name them, with a correlation of its own for this run of the command. */
  readonly context: CommandContext;
};

/**
 * Does some work as the operator, over a connection of its own, which is closed afterwards.
 *
 * @throws {CliError} `cli.not_reached`: NATS does not let us in within five seconds
 */
export const asOperator = async <T>(work: (client: OperatorClient) => Promise<T>): Promise<T> => {
  const config = settings();
  const log = createLogger({ service: 'operator', level: 'error' });
  const messageKey = await loadMessageKey('operator', config.LATCHKEY_MESSAGE_KEY);
  const broker = await connectNats({
    identity: 'operator',
    url: config.NATS_URL,
    seed: config.LATCHKEY_NKEY_SEED,
    caFile: config.NATS_CA_FILE,
    log,
  });
  try {
    await reached(broker.connected());
    const rpc = createRpcClient({ broker, identity: 'operator', messageKey, log });
    return await work({ rpc, context: { actor: `operator:${operatorName()}`, correlationId: newId() } });
  } finally {
    await broker.close();
  }
};

const reached = async (connected: Promise<unknown>): Promise<void> => {
  connected.catch(() => undefined); // it also ends when the connection is closed, and nobody waits for it any more then
  try {
    await withDeadline('the connection to NATS', connectWithinMs, () => connected);
  } catch (cause) {
    const message = 'NATS does not let this operator in; is the stack running, and are these the keys that it knows?';
    throw new CliError('cli.not_reached', message, {}, { cause });
  }
};

/** An opaque id, as the record takes it. */
const operatorName = (): string =>
  userInfo()
    .username.replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(0, 64);
