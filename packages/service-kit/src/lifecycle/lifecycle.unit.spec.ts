import { ServiceKitError } from '../errors.js';
import { eventually } from '@latchkey/testkit';
import { z } from 'zod';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, type Logger } from '../logger/create-logger.js';
import { announceListening, type ServiceHost } from './host.js';
import { createLifecycle } from './lifecycle.js';
import { runService, type ServiceContext } from './run-service.js';

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

describe('a lifecycle', () => {
  it('stops in the reverse order of registration, one after another, once', async () => {
    const lifecycle = createLifecycle({ log });
    const order: string[] = [];
    for (const name of ['pool', 'broker', 'server']) {
      lifecycle.onStop(name, async () => {
        order.push(`${name} begins`);
        await Promise.resolve();
        order.push(`${name} ends`);
      });
    }
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    expect(order).toEqual(['server begins', 'server ends', 'broker begins', 'broker ends', 'pool begins', 'pool ends']);
  });

  it('goes on after a step that fails, and after one that is late', async () => {
    const lifecycle = createLifecycle({ log });
    const done: string[] = [];
    lifecycle.onStop('pool', () => void done.push('pool'));
    lifecycle.onStop('failing', () => Promise.reject(new TypeError('no')));
    lifecycle.onStop('late', () => new Promise(() => undefined), { timeoutMs: 5 });
    await lifecycle.stop();
    expect(done).toEqual(['pool']);
    expect(lines.filter(({ level }) => level === 'error').map(({ step }) => step)).toEqual(['late', 'failing']);
  });

  it('runs a step that is registered while it stops', async () => {
    const lifecycle = createLifecycle({ log });
    const done: string[] = [];
    lifecycle.onStop('first', () => lifecycle.onStop('late comer', () => void done.push('late comer')));
    await lifecycle.stop();
    expect(done).toEqual(['late comer']);
  });
});

const host = (env: NodeJS.ProcessEnv = { NAME: 'a' }) => {
  const listeners = new Map<string, (...values: never[]) => void>();
  const exits: number[] = [];
  const complaints: string[] = [];
  const sent: unknown[] = [];
  const made: ServiceHost = {
    env,
    on: (event, listener) => listeners.set(event, listener),
    exit: (code) => exits.push(code),
    complain: (message) => complaints.push(message),
    send: (message) => sent.push(message),
  };
  return {
    ...made,
    exits,
    complaints,
    sent,
    emit: (event: string, ...values: unknown[]) => listeners.get(event)?.(...(values as never[])),
  };
};

describe('a service', () => {
  const configSchema = z.object({ NAME: z.string().meta({ description: 'a name' }) });
  const run = (on: ServiceHost, start: (context: ServiceContext<{ NAME: string }>) => Promise<void> = () => Promise.resolve()) =>
    runService({ service: 'gateway', configSchema, start, host: on, log });

  it('that is configured wrongly says so once and exits 78, without starting', async () => {
    const on = host({});
    const start = vi.fn<() => Promise<void>>();
    await run(on, start);
    expect(on.exits).toEqual([78]);
    expect(on.complaints).toHaveLength(1);
    expect(on.complaints[0]).toMatch(
      /^gateway did not start: the configuration has one problem:\n {2}- NAME is missing\. It is a name\. Set NAME/,
    );
    expect(start).not.toHaveBeenCalled();
  });

  it('whose start fails says so once, puts away what it had begun, and exits 1', async () => {
    const on = host();
    const done: string[] = [];
    await run(on, async ({ lifecycle }) => {
      lifecycle.onStop('pool', () => void done.push('pool'));
      throw new ServiceKitError('service.port_in_use', 'port 8080 is in use');
    });
    expect(on.complaints).toEqual(['gateway did not start: port 8080 is in use']);
    expect(done).toEqual(['pool']);
    expect(on.exits).toEqual([1]);
  });

  it.each([
    ['SIGTERM', []],
    ['SIGINT', []],
    ['message', ['stop']],
    ['message', [{ type: 'stop' }]],
    ['disconnect', []],
  ])('stops and exits 0 on %s %j', async (event, values) => {
    const on = host();
    const done: string[] = [];
    await run(on, async ({ lifecycle }) => lifecycle.onStop('server', () => void done.push('server')));
    on.emit(event, ...values);
    on.emit('SIGTERM');
    await eventually(() => expect(on.exits).toEqual([0]));
    expect(done).toEqual(['server']);
  });

  it('does not stop for any message', async () => {
    const on = host();
    await run(on);
    on.emit('message', { type: 'hello' });
    on.emit('message', null);
    expect(lines.filter(({ msg }) => msg === 'stopping')).toEqual([]);
  });

  it('that is stopped while it starts ends well, whatever the start says then', async () => {
    const on = host();
    await run(on, async () => {
      on.emit('SIGTERM');
      await Promise.resolve();
      throw new TypeError('the pool was closed');
    });
    await eventually(() => expect(on.exits).toEqual([0]));
    expect(on.complaints).toEqual([]);
  });

  it.each(['unhandledRejection', 'uncaughtException'])('exits 1 on %s, with the reason in its log', async (event) => {
    const on = host();
    await run(on);
    on.emit(event, new TypeError('nobody expected this'));
    expect(on.exits).toEqual([1]);
    expect(lines.at(-1)).toMatchObject({ level: 'fatal', err: { message: 'nobody expected this' } });
  });

  it('tells its launcher where it listens', () => {
    const on = host();
    announceListening({ healthPort: 7, port: 8 }, on);
    expect(on.sent).toEqual([{ type: 'listening', healthPort: 7, port: 8 }]);
    expect(() => announceListening({ healthPort: 7 }, { send: undefined })).not.toThrow();
  });
});
