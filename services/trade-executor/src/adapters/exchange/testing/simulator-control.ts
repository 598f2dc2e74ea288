import type { Simulator } from '@latchkey/exchange-simulator';

/** Asks the control API of a running simulator. @throws for an answer that is no success */
export const controlOf =
  ({ urls }: Pick<Simulator, 'urls'>) =>
  async <T = unknown>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${urls.control}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new TypeError(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
