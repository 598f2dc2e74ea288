import type { Command } from 'commander';
import { createOutput } from '../output.js';

type Options = {
  readonly into: string;
  readonly postgres: string;
  readonly nats: string;
  readonly gateway: string;
  readonly simulator?: string;
  readonly cliFolder: string;
  readonly json?: boolean;
};

/** The simulator's three addresses from that of the first: it listens on three ports in a row. */
const simulatorAt = (first: string | undefined) => {
  if (!first) return null;
  const at = (offset: number): string => {
    const url = new URL(first);
    url.port = String(Number(url.port) + offset);
    return url.origin;
  };
  return { binance: at(0), bybit: at(1), control: at(2) };
};

export const secretsCommand = (program: Command): void => {
  program
    .command('secrets')
    .description('the secrets of an installation in containers')
    .command('create')
    .description('make what is not there yet, one folder for each container; docker-compose.yml runs this first')
    .requiredOption('--into <folder>', 'holds the folders of the containers')
    .option('--postgres <host:port>', 'where the containers find Postgres', 'postgres:5432')
    .option('--nats <host:port>', 'where they find NATS, and what its certificate is for', 'nats:4222')
    .option('--gateway <url>', 'where the CLI finds the gateway', 'http://gateway:8080')
    .option('--simulator <url>', 'the simulated Binance; Bybit and control are on the next two ports. None: live venues')
    .option('--cli-folder <path>', "where the CLI's container sees its folder", '/run/secrets')
    .option('--json', 'answer as JSON')
    .action(async ({ into, postgres, nats, gateway, simulator, cliFolder, json = false }: Options) => {
      const { createSecrets } = await import('../secrets/create-secrets.js');
      const addresses = { postgres, nats, gatewayUrl: gateway, simulator: simulatorAt(simulator), cliFolder };
      const { first } = await createSecrets({ into, addresses });
      const text = first
        ? 'secrets were made. Back up key-vault/encryption-key: whoever loses it loses every stored API secret'
        : 'the secrets are there';
      createOutput(json).answer({ first }, text);
    });
};
