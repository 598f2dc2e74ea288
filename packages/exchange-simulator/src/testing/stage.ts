import { startSimulator, type SimulatorOptions } from '../start-simulator.js';
import { controlClient } from './control-client.js';
import { signedClient, type Credentials } from './signed-client.js';

export const follower: Credentials = { apiKey: 'k'.repeat(64), secret: 'f'.repeat(64) };

/** A simulator on free ports with one default account, and what a spec needs to act on it. `await using` ends it. */
export const stage = async (options: SimulatorOptions = {}) => {
  const simulator = await startSimulator(options);
  const control = controlClient(simulator.urls.control);
  await control.openAccount({ apiKey: follower.apiKey, apiSecret: follower.secret });
  return {
    ...simulator,
    control,
    client: signedClient(simulator.urls.binance, follower, simulator.clock.now),
    [Symbol.asyncDispose]: simulator.stop,
  };
};
