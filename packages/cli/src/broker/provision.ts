import { readFileSync } from 'node:fs';
import { readStackFile, stackHome } from '@latchkey/local-stack';
import { connectNats, provisionBroker, type Broker } from '@latchkey/messaging';
import { createLogger, loadConfig } from '@latchkey/service-kit';
import { z } from 'zod';
import { CliError } from '../errors.js';
import { createOutput } from '../output.js';

const provisionerConfig = z.object({
  NATS_URL: z.string().meta({ description: 'the NATS servers, separated by commas' }),
  LATCHKEY_NKEY_SEED: z.string().meta({ description: "the seed of the provisioner's NATS identity", secret: true }),
  NATS_CA_FILE: z.string().optional().meta({ description: 'the PEM file of the authority of the NATS servers’ certificates' }),
  NATS_MONITOR_URL: z.string().optional().meta({ description: "the server's monitoring, to check settings that only it tells" }),
});

/** In production the environment says where and who; on a developer's machine the running stack does. */
const settings = (): z.output<typeof provisionerConfig> => {
  if (process.env['NATS_URL'] !== undefined) return loadConfig(provisionerConfig, process.env);
  const { nats } = readStackFile(stackHome().stackFile);
  const seedFile = nats.users['provisioner']?.seedFile;
  if (!seedFile)
    throw new CliError('cli.bad_option', 'the running stack names no provisioner; set NATS_URL and LATCHKEY_NKEY_SEED');
  return { NATS_URL: nats.url, LATCHKEY_NKEY_SEED: readFileSync(seedFile, 'utf8').trim(), NATS_MONITOR_URL: nats.monitor };
};

/** Resolves when somebody asks this process to stop, in one of the ways in which our launcher and containers do. */
const askedToStop = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    if (!process.connected) return;
    process.once('disconnect', () => resolve());
    process.on('message', (message) => {
      if (message === 'stop') resolve();
    });
  });

const run = async (
  broker: Broker,
  { watch, replicas, json, monitorUrl }: { watch: boolean; replicas: number; json: boolean; monitorUrl: string | undefined },
): Promise<void> => {
  const log = createLogger({ service: 'provisioner', level: watch ? 'info' : 'warn' });
  const stopping = watch ? askedToStop() : undefined;
  const provisioned = await provisionBroker({
    broker,
    log,
    replicas,
    watch,
    ...(monitorUrl === undefined ? {} : { monitorUrl }),
  });
  process.send?.({ type: 'ready' });
  if (stopping) await stopping;
  else createOutput(json).answer(provisioned.report, 'streams and durables are as the tables of contracts say');
  await provisioned.stop();
};

/** Makes the streams and durables, once or for as long as nobody asks it to stop. */
export const provision = async ({
  watch,
  replicas,
  json,
}: {
  watch: boolean;
  replicas: number;
  json: boolean;
}): Promise<void> => {
  const config = settings();
  const broker = await connectNats({
    identity: 'provisioner',
    url: config.NATS_URL,
    seed: config.LATCHKEY_NKEY_SEED,
    caFile: config.NATS_CA_FILE,
    log: createLogger({ service: 'provisioner', level: 'warn' }),
  });
  try {
    await run(broker, { watch, replicas, json, monitorUrl: config.NATS_MONITOR_URL });
  } finally {
    await broker.close();
  }
  process.disconnect?.(); // the open channel would keep this process alive
};
