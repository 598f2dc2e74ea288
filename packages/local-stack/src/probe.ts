import { createServer } from 'node:net';
import { get } from 'node:http';
import { LocalStackError } from './errors.js';

/** The status of a GET on loopback, or `undefined` when nobody answers. Plain `node:http`: `fetch` may be told to use a proxy. */
export const statusOf = (url: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const request = get(url, { timeout: 2_000 }, (response) => {
      response.resume();
      response.on('close', () => resolve(response.statusCode));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });

/**
 * Fails when the gateway's port is taken, before anything is started.
 *
 * @throws {LocalStackError} `stack.port_in_use`
 */
export const assertPortFree = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', () =>
      reject(
        new LocalStackError(
          'stack.port_in_use',
          `port ${port} is in use; stop what listens there, or choose another: PORT=8081 npm start`,
          { port },
        ),
      ),
    );
    probe.listen(port, () => probe.close(() => resolve()));
  });
