import { openRunServers, runServersVariable } from './servers/run-servers.js';

/** Vitest's global set-up for integration specs: `globalSetup: ['./packages/testkit/src/global-setup.ts']`. Starts nothing by itself. */
export const setup = async () => {
  if (process.env[runServersVariable] !== undefined) return undefined; // another project of the same run was first, and closes it
  const servers = await openRunServers();
  process.env[runServersVariable] = servers.url;
  return async () => {
    delete process.env[runServersVariable];
    await servers.close();
  };
};
