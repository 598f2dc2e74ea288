import { AppError } from '@latchkey/kernel';
import { RpcError } from '@latchkey/messaging';
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { refusal, VerdictError } from '../../app/errors.js';
import { errorAnswer } from './error-answer.js';
import { issuesToError } from './schema-pipe.js';
import { saveKeyBody } from './schemas/requests.js';

const canary = 'CANARYvmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0';
const plain = { traceId: '0af7651916cd43dd8448eb211c80319c', ownWordsOnly: false };
const delicate = { ...plain, ownWordsOnly: true };

const told = (error: unknown, context = plain) => {
  const { status, body, unexpected } = errorAnswer(error, context);
  return { status, ...body.error, unexpected };
};

describe('an error of ours', () => {
  it('has the status of its catalogue and its own words', () => {
    expect(told(refusal('rate.limited', { retryAfterSeconds: 7 }, 'slow down'))).toEqual({
      status: 429,
      code: 'rate.limited',
      message: 'slow down',
      details: { retryAfterSeconds: 7 },
      unexpected: false,
    });
  });

  it('shows only those details that are meant for callers', () => {
    expect(told(refusal('rpc.timeout', { part: 'audit', subject: canary })).details).toEqual({ part: 'audit' });
  });
});

describe("another service's refusal", () => {
  const error = new RpcError('vault.credential_not_found', `no credential "${canary}"`, { key: canary }, { refused: true });

  it('goes on under its own code', () => {
    expect(told(error)).toMatchObject({ status: 404, code: 'vault.credential_not_found', unexpected: false });
  });

  it('is told in the words of the catalogue where input must not come back', () => {
    expect(JSON.stringify(told(error, delicate))).not.toContain('CANARY');
    expect(told(error, delicate).message).toContain('save one first');
  });

  it('of a key is 422 even when its code is new', () => {
    expect(told(new VerdictError('venue.something_new', 'no', { permissions: {} }))).toMatchObject({
      status: 422,
      code: 'venue.something_new',
    });
  });
});

describe("the framework's complaints", () => {
  const fastify = (code: string, statusCode: number) => Object.assign(new Error(canary), { code, statusCode });
  it.each<[unknown, number, string]>([
    [new NotFoundException(`Cannot GET /${canary}`), 404, 'route.not_found'],
    [new BadRequestException(canary), 400, 'request.malformed'],
    [new HttpException(canary, 413, { cause: fastify('FST_ERR_CTP_BODY_TOO_LARGE', 413) }), 413, 'request.too_large'],
    [fastify('FST_ERR_BAD_URL', 400), 400, 'request.malformed'],
    [fastify('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 415, 'request.content_type'],
    [fastify('FST_ERR_MAX_PARAM_LENGTH', 414), 404, 'route.not_found'],
  ])('are told by kind, never by word: %#', (error, status, code) => {
    expect(told(error)).toMatchObject({ status, code, unexpected: false });
    expect(JSON.stringify(told(error))).not.toContain('CANARY');
  });
});

describe('a database that is away', () => {
  class StoreError extends AppError {}
  it.each<unknown>([
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
    Object.assign(new Error('canceling statement'), { code: '57014' }),
    new Error('Connection terminated unexpectedly'),
    new Error('Query read timeout'),
    new StoreError('event_store.database_unavailable', 'away'),
    new StoreError('event_store.timeout', 'late'),
    new Error('wrapped', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) }),
  ])('is 503 with what to do: %#', (error) => {
    expect(told(error)).toMatchObject({ status: 503, code: 'storage.unavailable' });
  });
});

describe('anything else', () => {
  it.each<unknown>([
    new TypeError(canary),
    canary,
    undefined,
    null,
    { statusCode: 200, code: 'x' },
    new HttpException(canary, 502),
  ])('is internal, says so by trace id alone and is marked for the log: %#', (error) => {
    expect(told(error)).toEqual({
      status: 500,
      code: 'internal',
      message: expect.any(String),
      details: { traceId: plain.traceId },
      unexpected: true,
    });
  });
});

describe("a schema's complaints", () => {
  it('name our fields and quote nothing', () => {
    const result = saveKeyBody.safeParse({ [canary]: 1, apiKey: canary.repeat(20), environment: canary });
    const error = issuesToError(result.error?.issues ?? []);
    expect(error.details['fields']).toEqual(
      expect.arrayContaining([expect.objectContaining({ field: 'apiKey' }), expect.objectContaining({ field: 'environment' })]),
    );
    expect(JSON.stringify([error.message, error.details])).not.toContain('CANARY');
  });
});
