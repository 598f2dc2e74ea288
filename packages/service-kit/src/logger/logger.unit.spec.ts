import { AppError, type Traceparent } from '@latchkey/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordTelemetry } from '@latchkey/tracing/testing';
import { inSpan } from '@latchkey/tracing';
import { createLogger, type Logger } from './create-logger.js';

const canary = 'canary-77aa';
let lines: Record<string, unknown>[];
let log: Logger;

beforeEach(() => {
  lines = [];
  log = createLogger({
    service: 'gateway',
    level: 'debug',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
});

describe('a log line', () => {
  it('is JSON with service, level as text and an ISO time', () => {
    log.info({ port: 1 }, 'health is served');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
        service: 'gateway',
        port: 1,
        msg: 'health is served',
      },
    ]);
  });

  it.each([
    ['secret', { secret: canary }],
    ['apiSecret', { apiSecret: canary }],
    ['webhook_token', { strategy: { webhook_token: canary } }],
    ['signature', { items: [{ signature: canary }] }],
    ['X-Signature', { headers: { 'X-Signature': canary } }],
    ['Authorization', { req: { headers: { Authorization: canary } } }],
    ['cookie', { req: { headers: { 'set-cookie': canary } } }],
    ['apiKey', { apiKey: canary }],
    ['sealedSecret', { body: { sealedSecret: canary } }],
    ['encryption_key', { env: { ENCRYPTION_KEY: canary } }],
    ['seed', { LATCHKEY_NKEY_SEED: canary }],
    ['in an error’s details', { err: new AppError('a.b', 'message', { token: canary }) }],
    ['in an error’s cause', { err: new TypeError('outer', { cause: new AppError('a.b', 'inner', { password: canary }) }) }],
    ['in a map', { all: new Map([['token', canary]]) }],
    ['as bytes', { bytes: Buffer.from(canary) }],
    ['deep down', { a: { b: { c: { d: { e: { f: { secret: canary } } } } } } }],
    ['too deep', { a: { b: { c: { d: { e: { f: { g: { h: { i: canary } } } } } } } } }],
  ])('does not show %s', (_what, fields) => {
    log.info(fields, 'x');
    log.child(fields).info('y');
    log.child({}).child(fields).info('z');
    expect(lines).toHaveLength(3);
    const text = JSON.stringify(lines);
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('base64'));
    expect(text).not.toContain(JSON.stringify([...Buffer.from(canary)]).slice(1, -1));
  });

  it('shows what is needed: code, details, stack and cause of an error, names that only contain such words', () => {
    log.error(
      {
        err: new AppError('vault.x', 'no such key', { credentialId: 'c1', tokenCount: 3 }, { cause: new TypeError('inner') }),
        big: 12n,
      },
      'failed',
    );
    expect(lines[0]).toMatchObject({
      err: {
        type: 'AppError',
        code: 'vault.x',
        message: 'no such key',
        details: { credentialId: 'c1', tokenCount: 3 },
        cause: { message: 'inner' },
      },
      big: '12',
    });
    expect(lines[0]).toMatchObject({ err: { stack: expect.stringContaining('logger.unit.spec') as unknown } });
  });

  it('ends where an object holds itself', () => {
    const loop: Record<string, unknown> = { name: 'a' };
    loop['self'] = loop;
    log.info({ loop }, 'x');
    expect(lines[0]).toMatchObject({ loop: { name: 'a', self: '[circular]' } });
  });

  it('is not written below the level', () => {
    createLogger({
      service: 'a',
      level: 'warn',
      destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    }).info('x');
    expect(lines).toEqual([]);
  });
});

describe('a log line that is written inside a span', () => {
  it('names it, so that each is found from the other', async () => {
    const recording = recordTelemetry();
    const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' as Traceparent;
    await inSpan('step', { parent }, async () => log.info({}, 'inside'));
    log.info({}, 'outside');
    expect(lines[0]).toMatchObject({
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: recording.spans()[0]?.spanContext().spanId,
    });
    expect(lines[1]).not.toHaveProperty('trace_id');
    await recording.stop();
  });
});
