import { describe, expect, it } from 'vitest';
import type { Call } from '../call-context.js';
import { binanceWire } from './binance-wire.js';

const call = { placeholder: 'unsigned-1' } as Call;
const signature = { apiKey: 'key-1', signature: 'a+b/c==', signedAt: 0 };

describe('the facts of an answer', () => {
  it("are the venue's number and words", () => {
    expect(binanceWire.answerOf(400, {}, { code: -2019, msg: 'Margin is insufficient.' }, '{}')).toEqual({
      http: 400,
      code: -2019,
      message: 'Margin is insufficient.',
    });
  });

  it('are plain words too, which tell what a 503 of the futures means', () => {
    expect(binanceWire.answerOf(503, {}, undefined, 'Service Unavailable.')).toEqual({
      http: 503,
      message: 'Service Unavailable.',
    });
  });

  it.each(['<html>gateway</html>', '{"half": ', '', 'x'.repeat(400)])(
    'are no words where there are none for a user (%s)',
    (text) => {
      expect(binanceWire.answerOf(503, {}, undefined, text)).toEqual({ http: 503 });
    },
  );

  it('hold how long to wait', () => {
    expect(binanceWire.answerOf(429, { 'Retry-After': '7' }, { code: -1003, msg: 'Too many' }, '')).toMatchObject({
      retryAfterMs: 7_000,
    });
  });
});

describe('a signature', () => {
  const headers = { 'X-MBX-APIKEY': 'held-by-the-vault' };

  it('takes its place at the end of the query or the body, percent-encoded, beside the key it belongs to', () => {
    const read = { url: 'https://venue/order?symbol=A&signature=unsigned-1', method: 'GET', headers };
    expect(binanceWire.sign(read, call, signature)).toEqual({
      url: 'https://venue/order?symbol=A&signature=a%2Bb%2Fc%3D%3D',
      method: 'GET',
      headers: { 'X-MBX-APIKEY': 'key-1' },
    });
    const order = { url: 'https://venue/order', method: 'POST', headers, body: 'symbol=A&signature=unsigned-1' };
    expect(binanceWire.sign(order, call, signature)).toMatchObject({
      url: 'https://venue/order',
      body: 'symbol=A&signature=a%2Bb%2Fc%3D%3D',
    });
  });

  it('without a place of its own is not sent', () => {
    const other = { url: 'https://venue/order?symbol=A&signature=unsigned-2', method: 'GET', headers };
    expect(() => binanceWire.sign(other, call, signature)).toThrow(expect.objectContaining({ code: 'exchange.no_placeholder' }));
  });
});
