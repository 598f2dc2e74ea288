import { messageOf } from '@latchkey/kernel';
import { CliError } from './errors.js';

export type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };
export type Request = { readonly method?: string; readonly token?: string; readonly body?: unknown };

/** One JSON request to the gateway or the simulator. @throws {CliError} `cli.gateway_away` when nobody answers */
export const request = async (url: string, { method = 'GET', token, body }: Request = {}): Promise<Answer> => {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
  } catch (cause) {
    throw new CliError(
      'cli.gateway_away',
      `${new URL(url).origin} does not answer: ${messageOf(cause)}; is the stack running? (npm start)`,
      {},
      { cause },
    );
  }
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};

/** The same, for a request that must succeed. @throws {CliError} `cli.request_refused` with the server's code and message */
export const requestOk = async (url: string, options: Request = {}): Promise<Answer['body']> => {
  const { status, body } = await request(url, options);
  if (status < 300) return body;
  const { code, message } = (body['error'] ?? {}) as { code?: string; message?: string };
  throw new CliError(
    'cli.request_refused',
    `${options.method ?? 'GET'} ${new URL(url).pathname.replace(/tradingview\/.*/, 'tradingview/…')} was refused: ${message ?? status} (${code ?? status})`,
    { status, code },
  );
};
