import type { Server } from 'node:http';
import { ServiceKitError } from '../errors.js';

/**
 * Starts a server and gives the port that it got.
 *
 * @param port 0 takes a free one
 * @throws {ServiceKitError} `service.port_in_use`, `service.cannot_listen`
 */
export const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });

/** Turns what Node says about an address that it cannot listen on into what to do about it. */
export const listenError = (error: NodeJS.ErrnoException, port: number, host: string): ServiceKitError =>
  error.code === 'EADDRINUSE'
    ? new ServiceKitError(
        'service.port_in_use',
        `port ${port} on ${host} is in use: stop what listens there, or choose another port`,
        { port, host },
      )
    : new ServiceKitError(
        'service.cannot_listen',
        `cannot listen on ${host}, port ${port} (${error.code ?? 'unknown reason'}): choose an address of this machine and a port above 1023`,
        { port, host },
        { cause: error },
      );
