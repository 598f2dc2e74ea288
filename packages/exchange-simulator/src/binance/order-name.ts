import type { RawRequest } from '../core/raw-http.js';

const named = (name: string): RegExp => new RegExp(`(?:^|&)${name}=([^&]+)`);
/** A cancel brings an id of its own beside the order's, so the order's is looked for first. */
const names = ['origClientOrderId', 'clientAlgoId', 'newClientOrderId'].map(named);

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** The client's name of the order that a request is about, as faults that name an order compare it. */
export const clientOrderIdOf = ({ query, body }: Pick<RawRequest, 'query' | 'body'>): string | undefined => {
  for (const name of names) {
    const found = name.exec(query) ?? name.exec(body);
    if (found?.[1] !== undefined) return decoded(found[1]);
  }
  return undefined;
};
