import { createServer } from 'node:net';
import { get } from 'node:http';
import { LocalStackError } from './errors.js';

type Answer = { readonly status: number | undefined; readonly body: string };

/** Plain `node:http`: `fetch` may be told to use a proxy. */
const ask = (url: string): Promise<Answer> =>
  new Promise((resolve) => {
    const request = get(url, { timeout: 2_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('close', () => resolve({ status: response.statusCode, body }));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve({ status: undefined, body: '' }));
  });

/** The status of a GET on loopback, or `undefined` when nobody answers. */
export const statusOf = async (url: string): Promise<number | undefined> => (await ask(url)).status;

const pollMs = 50;

/**
 * Waits until the gateway finds nothing missing. @returns false when some part is still away after `timeoutMs`
 */
export const wholeWithin = async (gatewayUrl: string, timeoutMs: number): Promise<boolean> => {
  for (const deadline = Date.now() + timeoutMs; ;) {
    const { status, body } = await ask(`${gatewayUrl}/health/ready`);
    if (status === 200 && (JSON.parse(body) as { status?: unknown }).status === 'ok') return true;
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
};

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
