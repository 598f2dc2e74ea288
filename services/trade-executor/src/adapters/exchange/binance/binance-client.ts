import { binance } from 'ccxt';
import { messageOf } from '@latchkey/kernel';
import { currentCall, requireCall, type Answer, type Call } from '../call-context.js';
import { ExchangeError } from '../exchange-error.js';

type Headers = Readonly<Record<string, string>>;
type Answered = Parameters<binance['handleErrors']>;

const retryAfterMs = (headers: Headers | undefined): number | undefined => {
  const seconds = Number(headers?.['Retry-After']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
};

/** The venue's own number and words, whatever exception ccxt makes of them. */
const answerOf = (http: number, headers: Headers | undefined, parsed: unknown): Answer => {
  const body = typeof parsed === 'object' && parsed !== null ? (parsed as { code?: unknown; msg?: unknown }) : {};
  const code = Number(body.code);
  const wait = retryAfterMs(headers);
  return {
    http,
    ...(body.code !== undefined && Number.isInteger(code) && { code }),
    ...(typeof body.msg === 'string' && { message: body.msg }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  };
};

const transportCode = (error: unknown): string => {
  const of = error as { code?: unknown; name?: unknown } | null;
  if (typeof of?.code === 'string') return of.code;
  // ccxt aborts the request when its time is over.
  return of?.name === 'AbortError' ? 'timeout' : messageOf(error).slice(0, 60);
};

const sign = (text: string, { placeholder }: Call, signature: string): string => {
  const end = `&signature=${placeholder}`;
  if (!text.endsWith(end))
    throw new ExchangeError(
      'exchange.no_placeholder',
      'the request does not end with the place of its signature; it was not sent',
    );
  // Ed25519 and RSA signatures are base64, whose signs mean something else in a form.
  return `${text.slice(0, -end.length)}&signature=${encodeURIComponent(signature)}`;
};

/**
 * ccxt's own client, used for everybody at once: it holds no key, no secret and nothing of the last request. Whose request it is, its time
 * and its signature come from the call that it runs in; the vault signs the exact string that ccxt built.
 */
export class BinanceClient extends binance {
  // A field, because ccxt assigns its own in the constructor; it sees the string to sign and answers a mark in the signature's place.
  override hmac = ((request: Uint8Array): string => {
    const call = requireCall();
    call.payload = new TextDecoder().decode(request);
    return call.placeholder;
  }) as binance['hmac'];

  override nonce(): number {
    return requireCall().timestamp;
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- ccxt's own signature
  override async fetch(url: string, method = 'GET', headers?: any, body?: any): Promise<any> {
    const call = currentCall();
    if (call?.payload === undefined) return super.fetch(url, method, headers, body);
    const signed = await call.authorize(call.payload);
    if (!signed) throw new ExchangeError('exchange.withheld', 'it was not allowed to be sent');
    const { apiKey, signature } = signed;
    const own = { ...headers, 'X-MBX-APIKEY': apiKey };
    return body === undefined
      ? super.fetch(sign(url, call, signature), method, own)
      : super.fetch(url, method, own, sign(String(body), call, signature));
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- ccxt's own signature
  override async undiciRequest(url: any, params: any): Promise<any> {
    const call = currentCall();
    if (!call) return super.undiciRequest(url, params);
    call.assertMayLeave();
    call.sent = true;
    try {
      const response = await super.undiciRequest(url, params);
      return { ...response, text: async () => this.bodyOf(call, response) };
    } catch (error) {
      call.transport = transportCode(error);
      throw error;
    }
  }

  private async bodyOf(call: Call, response: { status: number; text: () => Promise<string> }): Promise<string> {
    try {
      return await response.text();
    } catch (error) {
      call.transport = transportCode(error);
      throw error;
    }
  }

  override handleErrors(...answered: Answered): ReturnType<binance['handleErrors']> {
    const [http, , , , headers, , parsed] = answered;
    const call = currentCall();
    if (call) call.answer = answerOf(http, headers as Headers | undefined, parsed);
    return super.handleErrors(...answered);
  }

  // ccxt would keep the last request, with its key and its signature, for whoever looks next.
  override setLastRequest(): void {}
}
