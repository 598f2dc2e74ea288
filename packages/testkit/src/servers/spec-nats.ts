import { testBackend } from './backend.js';
import type { NatsLaunch, NatsServer } from './spec-servers.js';

/** On the backend of this run. */
export const startSpecNats = async (launch: NatsLaunch): Promise<NatsServer> => {
  if (testBackend() === 'embedded') return (await import('./embedded-nats.js')).startEmbeddedNats(launch);
  return (await import('./containers/nats-container.js')).startNatsContainer(launch);
};
