import { createServer, type AddressInfo } from 'node:net';

/**
 * A TCP port of 127.0.0.1 that nobody listens on right now. Somebody may take it before you do: where you may choose the port, let
 * `startPostgres` and `startNats` choose, since they try again with another.
 */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host: '127.0.0.1', port: 0 }, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
