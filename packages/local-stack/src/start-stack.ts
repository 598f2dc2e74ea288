import { join } from 'node:path';
import { natsIdentities, serviceNames, type NatsIdentity, type ServiceName } from '@latchkey/contracts';
import { freePort } from '@latchkey/embedded-servers';
import { startExecutors, wantExecutors, type Executors } from './executors.js';
import { makeHome, repositoryRoot, type StackHome } from './home.js';
import { stackKeys, type StackKeys } from './keys.js';
import { takeLock } from './lock.js';
import { startNodeProcess } from './node-process.js';
import { supervise, type SupervisedPart } from './part.js';
import { assertPortFree, statusOf, wholeWithin } from './probe.js';
import { serviceEnvironment } from './service-environment.js';
import type { StackSettings } from './settings.js';
import { removeStackFile, writeStackFile, type StackDescription } from './stack-file.js';
import { startNatsPart, startPostgresPart, type NatsPart, type PostgresPart } from './start-servers.js';

export type StackOptions = {
  readonly home: StackHome;
  readonly settings: StackSettings;
  /** Progress, a line each. */
  readonly say: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv;
};

export type RunningStack = {
  readonly description: () => StackDescription;
  readonly firstStart: boolean;
  readonly stop: () => Promise<void>;
};

type Context = StackOptions & { readonly keys: StackKeys; readonly env: NodeJS.ProcessEnv; readonly onRestart: () => void };
type Simulator = { readonly binance: string; readonly bybit: string; readonly control: string };

// Everything behind the servers starts at once, since each part bears the others' absence, and stops in the reverse of this order: first who
// takes work, then who does it, then what they lean on.
const behindTrading = ['audit', 'key-vault'] as const satisfies readonly ServiceName[];

const reachedWithinMs = 15_000;

const script = (path: string): string => join(repositoryRoot, path);
// Compiled code is kept between starts: half of what a start costs is reading the libraries.
const runtimeOf = (home: StackHome, env: NodeJS.ProcessEnv): Record<string, string> => ({
  PATH: env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(home.cache, 'v8'),
});
const logOf = (home: StackHome, name: string): string => join(home.logs, `${name}.log`);

const simulatorUrls = async (): Promise<Simulator> => {
  const url = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;
  return { binance: await url(), bybit: await url(), control: await url() };
};

const startSimulatorPart = ({ home, env, say, onRestart }: Context, urls: Simulator): Promise<SupervisedPart> =>
  supervise({
    name: 'exchange-simulator',
    say,
    onRestart,
    start: () =>
      startNodeProcess({
        name: 'exchange-simulator',
        script: script('packages/exchange-simulator/dist/main.js'),
        env: {
          ...runtimeOf(home, env),
          SIMULATOR_BINANCE_PORT: new URL(urls.binance).port,
          SIMULATOR_BYBIT_PORT: new URL(urls.bybit).port,
          SIMULATOR_CONTROL_PORT: new URL(urls.control).port,
          ...(env['SIMULATOR_LIMITS'] === undefined ? {} : { SIMULATOR_LIMITS: env['SIMULATOR_LIMITS'] }),
        },
        logFile: logOf(home, 'exchange-simulator'),
        isReady: async (said) => said.length > 0,
      }),
  });

const startProvisionerPart = ({ home, env, keys, say, onRestart }: Context, nats: NatsPart): Promise<SupervisedPart> =>
  supervise({
    name: 'provisioner',
    say,
    onRestart,
    start: () =>
      startNodeProcess({
        name: 'provisioner',
        script: script('packages/cli/dist/main.js'),
        args: ['broker', 'provision', '--watch'],
        env: { ...runtimeOf(home, env), NATS_URL: nats.url, LATCHKEY_NKEY_SEED_FILE: keys.nats.provisioner.seedFile },
        logFile: logOf(home, 'provisioner'),
        isReady: async (said) => said.length > 0,
      }),
  });

const startServicePart = async (
  context: Context,
  service: ServiceName,
  postgres: PostgresPart,
  nats: NatsPart,
  simulator: Simulator | undefined,
  name: string = service,
) => {
  const { home, keys, settings, say, onRestart, env } = context;
  const healthPort = service === 'gateway' ? settings.PORT : await freePort();
  return supervise({
    name,
    say,
    onRestart,
    start: () =>
      startNodeProcess({
        name,
        script: script(`services/${service}/dist/main.js`),
        nodeArgs: ['--enable-source-maps', '--disable-sigusr1'],
        env: {
          ...runtimeOf(home, env),
          ...serviceEnvironment({
            service,
            settings,
            keys,
            natsUrl: nats.url,
            databaseUrl: postgres.databases[service].url,
            healthPort,
            simulator,
            inherited: env,
          }),
          ...(name === service ? {} : { LATCHKEY_INSTANCE: name }),
        },
        logFile: logOf(home, name),
        isReady: async () => (await statusOf(`http://127.0.0.1:${healthPort}/health/ready`)) === 200,
      }),
  });
};

const describeStack = (
  context: Context,
  {
    postgres,
    nats,
    simulator,
    parts,
  }: { postgres: PostgresPart; nats: NatsPart; simulator: Simulator | undefined; parts: readonly StackPart[] },
): StackDescription => {
  const { home, settings, keys, env } = context;
  const processes = processesOf(parts).filter(({ name }) => name !== 'postgres' && name !== 'nats');
  return {
    supervisor: { pid: process.pid },
    venues: settings.LATCHKEY_VENUES,
    gateway: { url: `http://localhost:${settings.PORT}` },
    simulator: simulator ?? null,
    nats: {
      url: nats.url,
      monitor: nats.monitorUrl,
      pid: nats.part.pid(),
      users: Object.fromEntries(natsIdentities.map((name: NatsIdentity) => [name, { seedFile: keys.nats[name].seedFile }])),
    },
    postgres: {
      pid: postgres.part.pid(),
      admin: postgres.adminUrl,
      databases: Object.fromEntries(serviceNames.map((name) => [name, postgres.databases[name].url])) as Record<
        ServiceName,
        string
      >,
      auditor: Object.fromEntries(serviceNames.map((name) => [name, postgres.databases[name].auditorUrl])) as Record<
        ServiceName,
        string
      >,
    },
    services: Object.fromEntries(processes.map(({ name, pid }) => [name, { pid: pid(), log: logOf(home, name) }])),
    telemetry: { otlp: env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? null },
    keys: {
      folder: home.keys,
      issuer: keys.issuerFile,
      trusted: keys.trustedKeysFile,
      operator: keys.messageKeyFiles.operator,
    },
  };
};

const startExecutorsPart = (context: Context, ...of: [PostgresPart, NatsPart, Simulator | undefined]): Promise<Executors> =>
  startExecutors({
    file: context.home.executorsFile,
    start: (name) => startServicePart(context, 'trade-executor', ...of, name),
    say: context.say,
    onChange: context.onRestart,
  });

/** What is stopped as one, and what processes it consists of. */
type StackPart = SupervisedPart | Executors;
const processesOf = (parts: readonly StackPart[]): readonly SupervisedPart[] =>
  parts.flatMap((part) => ('members' in part ? part.members() : [part]));

/** Waits for all of them, hands over those that came up, in this order, and then throws what the first of the others had to say. */
const allOrNothing = async <Parts extends readonly Promise<unknown>[]>(
  starting: readonly [...Parts],
  onStarted: (part: Awaited<Parts[number]>) => void,
): Promise<{ [I in keyof Parts]: Awaited<Parts[I]> }> => {
  const settled = await Promise.allSettled(starting);
  for (const outcome of settled) if (outcome.status === 'fulfilled') onStarted(outcome.value);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }) as { [I in keyof Parts]: Awaited<Parts[I]> };
};

/**
 * Starts every part in order and keeps all of them running. `stack.json` is there exactly while all parts are up, or being started again.
 * When a part refuses to start, what was started is stopped and the reason thrown.
 */
export const startStack = async (options: StackOptions): Promise<RunningStack> => {
  const { home, settings, say, env = process.env } = options;
  await assertPortFree(settings.PORT);
  makeHome(home);
  const unlock = takeLock(home.lockFile);
  removeStackFile(home.stackFile);
  const parts: StackPart[] = [];
  const stop = async (): Promise<void> => {
    removeStackFile(home.stackFile);
    for (const part of parts.toReversed()) await part.stop();
    unlock();
  };

  try {
    let description: (() => StackDescription) | undefined;
    const onRestart = (): void => {
      if (description) writeStackFile(home.stackFile, description());
    };
    const keys = await stackKeys(home.keys);
    if (settings.LATCHKEY_EXECUTORS !== undefined) wantExecutors(home.executorsFile, settings.LATCHKEY_EXECUTORS);
    const context: Context = { ...options, env, keys, onRestart };

    say('starting postgres and nats');
    const [postgres, nats] = await allOrNothing([startPostgresPart(context), startNatsPart(context)], ({ part }) =>
      parts.push(part),
    );
    say('starting the services');
    const simulator = settings.LATCHKEY_VENUES === 'simulator' ? await simulatorUrls() : undefined;
    await allOrNothing(
      [
        startProvisionerPart(context, nats),
        ...(simulator ? [startSimulatorPart(context, simulator)] : []),
        ...behindTrading.map((service) => startServicePart(context, service, postgres, nats, simulator)),
        startExecutorsPart(context, postgres, nats, simulator),
        startServicePart(context, 'gateway', postgres, nats, simulator),
      ],
      (part) => parts.push(part),
    );

    // Each part answers for itself by now; that they also reach each other takes a moment longer.
    const whole = await wholeWithin(`http://127.0.0.1:${settings.PORT}`, reachedWithinMs);
    if (!whole) say('some part is away still; `npm run --silent latchkey -- status` says which');

    description = () => describeStack(context, { postgres, nats, simulator, parts });
    writeStackFile(home.stackFile, description());
    return { description, firstStart: keys.firstStart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
