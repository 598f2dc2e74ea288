/** JSON over HTTP; @throws for an answer that is no success */
export const json = async <T = Record<string, never>>(
  url: string,
  { method = 'GET', body, token }: { method?: string; body?: unknown; token?: string } = {},
): Promise<T> => {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const value = (await response.json()) as T;
  if (!response.ok) throw new TypeError(`${method} ${new URL(url).pathname}: ${response.status} ${JSON.stringify(value)}`);
  return value;
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until there is an answer. @throws after `limitMs` */
export const until = async <T>(
  done: () => Promise<T | false | undefined> | T | false | undefined,
  limitMs = 60_000,
  everyMs = 20,
): Promise<T> => {
  for (const deadline = Date.now() + limitMs; ; await pause(everyMs)) {
    const result = await done();
    if (result !== false && result !== undefined) return result;
    if (Date.now() > deadline) throw new TypeError(`waited ${limitMs} ms in vain`);
  }
};

/** Runs work for each item, so many at once. */
export const inParallel = async <Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as Item, i);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
};

export { pause };
