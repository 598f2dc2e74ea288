import { noPlaceholder, type Headers, type Wire, type WireRequest } from '../account-binding.js';
import type { Answer, Call } from '../call-context.js';

const retryAfterMs = (headers: Headers): number | undefined => {
  const seconds = Number(headers['Retry-After']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
};

/** An edge in front of the venue answers in plain words (USDM's 503), or with a page that is none of the user's business. */
const plainWords = (text: string): string | undefined =>
  text === '' || text.length > 300 || /[<{]/.test(text) ? undefined : text;

const answerOf = (http: number, headers: Headers, parsed: unknown, text = ''): Answer => {
  const body = typeof parsed === 'object' && parsed !== null ? (parsed as { code?: unknown; msg?: unknown }) : {};
  const code = Number(body.code);
  const message = typeof body.msg === 'string' ? body.msg : plainWords(text);
  const wait = retryAfterMs(headers);
  return {
    http,
    ...(body.code !== undefined && Number.isInteger(code) && { code }),
    ...(message !== undefined && { message }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
};

/** The signature is the last parameter, in the query of a read and in the body of an order. */
const withSignature = (text: string, { placeholder }: Call, signature: string): string => {
  const end = `&signature=${placeholder}`;
  if (!text.endsWith(end)) throw noPlaceholder();
  // Ed25519 and RSA signatures are base64, whose signs mean something else in a form.
  return `${text.slice(0, -end.length)}&signature=${encodeURIComponent(signature)}`;
};

/** Binance on the wire, spot and USDM alike. */
export const binanceWire: Wire = {
  answerOf,
  sign: ({ url, body, headers, ...rest }: WireRequest, call, { apiKey, signature }) => ({
    ...rest,
    headers: { ...headers, 'X-MBX-APIKEY': apiKey },
    ...(body === undefined ? { url: withSignature(url, call, signature) } : { url, body: withSignature(body, call, signature) }),
  }),
};
