import { passing } from '@latchkey/tracing';
import type { Exchange as CcxtExchange } from 'ccxt';
import { confirmPermit, currentCall, currentOpenCall, requireCall, type Answer, type Call } from './call-context.js';
import type { Signature } from '../../app/ports/exchange.js';
import { budgetOf } from '../../telemetry/rate-budget.js';
import { ExchangeError } from './exchange-error.js';

export type Headers = Readonly<Record<string, string>>;

/** A request as ccxt built it. */
export type WireRequest = { readonly url: string; readonly method: string; readonly headers: Headers; readonly body?: string };

/** What differs between venues on the wire. */
export type Wire = {
  /** The request with the account's key, and its signature where `call.placeholder` stands. @throws {ExchangeError} `exchange.no_placeholder` */
  readonly sign: (request: WireRequest, call: Call, signature: Signature) => WireRequest;
  /** The venue's own number and words, whatever exception ccxt makes of them. */
  readonly answerOf: (http: number, headers: Headers, parsed: unknown, text?: string) => Answer;
};

export const noPlaceholder = (): ExchangeError =>
  new ExchangeError(
    'exchange.no_placeholder',
    'the request does not carry its signature where the exchange expects it; it was not sent',
  );

/** Never the error's words, which may quote what was sent: this goes into events and spans. */
const transportCode = (error: unknown): string => {
  const of = error as { code?: unknown; name?: unknown } | null;
  if (typeof of?.code === 'string') return of.code;
  // ccxt aborts the request when its time is over.
  if (of?.name === 'AbortError') return 'timeout';
  return typeof of?.name === 'string' ? of.name : 'transport_error';
};

const concealed = (answer: Answer, { conceal }: Call): Answer =>
  answer.message === undefined ? answer : { ...answer, message: conceal(answer.message) };

/**
 * Makes one unmodified ccxt client serve everybody at once: it holds no key, no secret and nothing of the last request. Whose request it is,
 * its time and its signature come from the call that it runs in; the vault signs the exact string that ccxt built.
 */
export const bindAccounts = <Client extends CcxtExchange>(client: Client, wire: Wire): Client => {
  // ccxt's methods look each other up on the instance, its implicit ones included.
  const fetch = client.fetch.bind(client);
  const undiciRequest = client.undiciRequest.bind(client);
  const handleErrors = client.handleErrors.bind(client);

  const noting = async <T>(call: Call, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      call.transport = transportCode(error);
      throw error;
    }
  };

  /** It sees the string to sign, and answers a mark in the signature's place. */
  const hmac = (request: Uint8Array): string => {
    const call = requireCall();
    call.payload = new TextDecoder().decode(request);
    return call.placeholder;
  };

  const signedFetch: CcxtExchange['fetch'] = async (url, method = 'GET', headers?, body?) => {
    const call = currentCall();
    if (call?.payload === undefined) return fetch(url, method, headers, body);
    // Both at once: a signature is worth an order to whoever finds it, and does not wait for anything.
    const [signature] = await Promise.all([call.authorize(call.payload), confirmPermit(call.permit)]);
    if (!signature) throw new ExchangeError('exchange.withheld', 'it was not allowed to be sent');
    const request = { url, method, headers: headers ?? {}, ...(body !== undefined && { body: String(body) }) };
    const signed = wire.sign(request, call, signature);
    return fetch(signed.url, signed.method, { ...signed.headers }, signed.body);
  };

  const watchedRequest: CcxtExchange['undiciRequest'] = async (url, params) => {
    const call = currentCall();
    if (!call) {
      await confirmPermit(currentOpenCall()?.permit);
      return undiciRequest(url, params);
    }
    await confirmPermit(call.permit);
    call.assertMayLeave();
    if (call.sent === 'no') call.sent = 'handed_over';
    passing('request-leaving');
    const response = await noting(call, () => undiciRequest(url, params));
    return { ...response, text: () => noting(call, () => response.text() as Promise<string>) };
  };

  const notedErrors: CcxtExchange['handleErrors'] = (...answered) => {
    const [http, , , , headers, text, parsed] = answered;
    const call = currentCall();
    const noted = call ?? currentOpenCall();
    if (noted) {
      const answer = wire.answerOf(http, (headers ?? {}) as Headers, parsed, text);
      noted.answer = call ? concealed(answer, call) : answer;
      const budget = budgetOf((headers ?? {}) as Headers);
      if (budget) noted.budget = budget;
    }
    return handleErrors(...answered);
  };

  return Object.assign(client, {
    hmac,
    nonce: () => requireCall().timestamp,
    fetch: signedFetch,
    undiciRequest: watchedRequest,
    handleErrors: notedErrors,
    // ccxt would keep the last request, with its key and its signature, for whoever looks next.
    setLastRequest: () => undefined,
  });
};
