import { systemClock } from '@latchkey/kernel';
import type { Exchange as CcxtExchange } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { bindAccounts, type Wire } from './account-binding.js';
import { binanceWire } from './binance/binance-wire.js';
import { bybitWire } from './bybit/bybit-wire.js';
import { runCall, type Call } from './call-context.js';

const apiKey = 'CANARYkeyCANARYkey';
const hexSignature = 'c4na4ysign4tu4e0c4na4ysign4tu4e0';
const base64Signature = 'c4na4y+sign4tu4e/c4na4ysign4tu4e==';

/** What ccxt does with a request, with nothing of a network: the answer is there at once, or the wire fails. */
const client = (answer: { readonly http: number; readonly body: object } | Error) => {
  const bare = {
    fetch: async () => {
      await bound.undiciRequest('https://venue/', {});
      if (answer instanceof Error) return;
      const { http, body } = answer;
      bound.handleErrors(http, '', '', '', {}, JSON.stringify(body), body, {}, '');
    },
    undiciRequest: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve({})),
    handleErrors: () => undefined,
  };
  const wire = (of: Wire): Wire => ({ ...of, sign: (request) => request });
  const bind = (of: Wire) => bindAccounts(bare as unknown as CcxtExchange, wire(of));
  const bound = bare as unknown as CcxtExchange;
  return { bind };
};

const asked = async (wire: Wire, answer: Parameters<typeof client>[0], signature = hexSignature): Promise<Call> => {
  const timestamp = systemClock.now();
  const signed = { timestamp, recvWindow: 5_000, authorize: () => Promise.resolve({ apiKey, signature, signedAt: timestamp }) };
  const bound = client(answer).bind(wire);
  const { call } = await runCall(signed, { clock: systemClock, venueNow: () => systemClock.now() }, async () => {
    (bound as unknown as { hmac: (bytes: Uint8Array) => string }).hmac(new TextEncoder().encode('to sign'));
    await bound.fetch('https://venue/', 'GET', {});
  });
  return call;
};

describe("what is kept of a venue's answer", () => {
  it.each([
    ['Bybit', bybitWire, { retCode: 10003, retMsg: `API key ${apiKey} is invalid, sign ${hexSignature}` }],
    ['Bybit, in a text that was cut', bybitWire, { retCode: 10004, retMsg: `error sign! origin_string[1790${apiKey}5000` }],
    ['Binance', binanceWire, { code: -2015, msg: `Invalid API-key ${apiKey} or signature ${hexSignature}` }],
  ])("never holds the key or the signature, whatever the venue's words are (%s)", async (_venue, wire, body) => {
    const { answer } = await asked(wire, { http: 401, body });
    expect(answer?.message).toContain('…');
    expect(answer?.message).not.toContain(apiKey);
    expect(answer?.message).not.toContain(hexSignature);
  });

  it('never holds a signature in base64 either, as it is or percent-encoded', async () => {
    const quoted = encodeURIComponent(base64Signature);
    const body = { code: -1022, msg: `Signature ${base64Signature} of ?timestamp=1&signature=${quoted} is not valid.` };
    const { answer } = await asked(binanceWire, { http: 400, body }, base64Signature);
    expect(answer?.message).toBe('Signature … of ?timestamp=1&signature=… is not valid.');
  });

  it('is, when none came, the code or the kind of what went wrong, and never its words', async () => {
    const quoting = new TypeError(`cannot send "${apiKey}"`);
    expect((await asked(bybitWire, quoting)).transport).toBe('TypeError');
    expect((await asked(bybitWire, Object.assign(quoting, { code: 'ECONNRESET' }))).transport).toBe('ECONNRESET');
  });
});
