/** An order as `GET /orders` shows it. */
export type BookEntry = Readonly<Record<string, unknown>> & { readonly clientOrderId: string; readonly status: string };

/** A JSON object; specs compare it, or name the field's type where they go on with it. */
export type Fields = Readonly<Record<string, unknown>>;

export type ControlAnswer = { readonly status: number; readonly body: Fields };

/** The control API as a test's few verbs. */
export const controlClient = (url: string) => {
  const call = async (method: string, path: string, body?: unknown): Promise<ControlAnswer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: (await response.json()) as Fields };
  };
  return {
    call,
    openAccount: (body: Readonly<Record<string, unknown>>) => call('POST', '/accounts', { exchange: 'binance', ...body }),
    fault: (body: Readonly<Record<string, unknown>>) => call('POST', '/faults', body),
    setPrice: (symbol: string, price: string) => call('PUT', `/markets/${symbol}`, { price }),
    book: async (apiKey?: string): Promise<readonly BookEntry[]> =>
      (await call('GET', apiKey === undefined ? '/orders' : `/orders?apiKey=${apiKey}`)).body as unknown as readonly BookEntry[],
    stats: async () => (await call('GET', '/stats')).body,
    reset: () => call('POST', '/reset'),
  };
};
