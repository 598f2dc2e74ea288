import { describe, expect, it } from 'vitest';
import { mustBeDocumented } from './documented.js';

const refusal = { success: false, error: { code: 'strategy.not_found', message: 'there is none' } };
const accepted = { success: true, signalId: '0199d3a0-7c00-7000-8000-000000000001', status: 'accepted' };

describe('holding an answer against the OpenAPI document', () => {
  it('takes what is documented', () => {
    expect(() => mustBeDocumented('GET', '/api/strategies/any', 404, refusal)).not.toThrow();
    expect(() => mustBeDocumented('POST', '/api/webhooks/tradingview/any', 202, accepted)).not.toThrow();
    expect(() => mustBeDocumented('GET', '/no/such/route', 404, refusal)).not.toThrow();
  });

  it.each<[string, [method: string, path: string, status: number, body: unknown]]>([
    ['a status that is not', ['POST', '/api/webhooks/tradingview/any', 200, accepted]],
    ['a field that is missing', ['POST', '/api/webhooks/tradingview/any', 202, { success: true, status: 'accepted' }]],
    ['a field of another type', ['POST', '/api/webhooks/tradingview/any', 202, { ...accepted, signalId: 7 }]],
    ['a field nobody told of', ['POST', '/api/webhooks/tradingview/any', 202, { ...accepted, secret: 'x' }]],
    ['a route that is not', ['GET', '/api/hidden', 200, { success: true }]],
    ['an error of another shape', ['GET', '/api/strategies/any', 404, { statusCode: 404, message: 'Not Found' }]],
    [
      'a literal path as if it were the template',
      ['GET', '/api/user-api-keys/all/status', 200, { success: true, has_key: true }],
    ],
  ])('refuses %s', (_what, answer) => {
    expect(() => mustBeDocumented(...answer)).toThrow();
  });
});
