import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@latchkey/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { http, newAlert, post, strategyOf, tokenFor, userOf, type Strategy } from './support/people.js';
import { freePort, launch, startStack, type Stack } from './support/stack.js';

const processesOf = (home: string): readonly string[] =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(home));

describe('a stack', () => {
  it('finds its data again on the second start, and leaves no process behind', async () => {
    const first = await startStack();
    const user = userOf(first, 'owner', await tokenFor(first, 'owner'));
    const strategy = await strategyOf(user);
    expect(first.said()).toContain('First start');
    const pids = Object.values(first.description().services).map(({ pid }) => pid);
    expect(await first.stop()).toBe(0);
    expect(processesOf(first.home)).toEqual([]);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');

    const second = await startStack({}, first.home);
    try {
      expect(second.said()).not.toContain('First start');
      const again = userOf(second, 'owner', await tokenFor(second, 'owner'));
      expect((await again.api('GET', `/api/strategies/${strategy.id}`)).status).toBe(200);
      const third = await launch({}, first.home);
      expect(await third.exited).toBe(0);
      expect(third.said()).toContain('running already');
    } finally {
      await second.dispose();
    }
  });

  it('stops when its launcher is killed', async () => {
    const stack = await launch();
    try {
      await eventually(() => expect(readFileSync(join(stack.home, 'stack.json'), 'utf8')).toContain('gateway'), {
        timeoutMs: 120_000,
      });
      stack.child.disconnect();
      expect(await stack.exited).toBe(0);
      await eventually(() => expect(processesOf(stack.home)).toEqual([]));
    } finally {
      rmSync(stack.home, { recursive: true, force: true });
    }
  });
});

describe('bad configuration ends the start with one message, and nothing half started', () => {
  it.each([
    ['a short ENCRYPTION_KEY', { ENCRYPTION_KEY: 'abc123' }, /ENCRYPTION_KEY/],
    ['an ENCRYPTION_KEY that is no hex', { ENCRYPTION_KEY: 'z'.repeat(64) }, /ENCRYPTION_KEY/],
    ['an ENCRYPTION_KEY of zeros', { ENCRYPTION_KEY: '0'.repeat(64) }, /ENCRYPTION_KEY/],
    ['an empty ENCRYPTION_KEY', { ENCRYPTION_KEY: '' }, /ENCRYPTION_KEY/],
    ['venues that do not exist', { LATCHKEY_VENUES: 'moon' }, /LATCHKEY_VENUES/],
  ])('%s', async (_name, env, expected) => {
    const stack = await launch(env);
    expect(await stack.exited).not.toBe(0);
    expect(stack.said()).toMatch(expected);
    for (const value of Object.values(env)) if (value.length > 10) expect(stack.said()).not.toContain(value);
    await eventually(() => expect(processesOf(stack.home)).toEqual([]));
    rmSync(stack.home, { recursive: true, force: true });
  });

  it('a port in use', async () => {
    const port = await freePort();
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(port, resolve));
    try {
      const stack = await launch({ PORT: String(port) });
      expect(await stack.exited).not.toBe(0);
      expect(stack.said()).toContain(`port ${port} is in use`);
      expect(processesOf(stack.home)).toEqual([]);
      rmSync(stack.home, { recursive: true, force: true });
    } finally {
      await new Promise((resolve) => occupant.close(resolve));
    }
  });
});

describe('readiness', () => {
  let stack: Stack;
  let strategy: Strategy;
  beforeAll(async () => {
    stack = await startStack();
    strategy = await strategyOf(userOf(stack, 'owner', await tokenFor(stack, 'owner')));
  });
  afterAll(() => stack?.dispose());
  const ready = () => http(`${stack.description().gateway.url}/health/ready`);

  it('is ok when all is well', async () => {
    await eventually(async () => expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok' } }));
  });

  type Status = { readonly ready: boolean; readonly attention: readonly { readonly code: string }[]; readonly work: unknown };
  const status = async () => JSON.parse((await stack.cli('status', '--json')).stdout) as Status;

  it('is told by `latchkey status` with what needs attention: nothing, or an executor that does not answer', async () => {
    await eventually(async () => expect(await status()).toMatchObject({ ready: true, attention: [], work: { openTrades: 0 } }), {
      timeoutMs: 30_000,
    });
    stack.signal('trade-executor', 'SIGSTOP');
    try {
      const { attention } = await status();
      expect(attention.map(({ code }) => code)).toEqual(['executor.away', 'service.away']);
    } finally {
      stack.signal('trade-executor', 'SIGCONT');
    }
    await eventually(async () => expect((await status()).attention).toEqual([]), { timeoutMs: 30_000 });
  });

  it.each(['key-vault', 'trade-executor', 'audit', 'nats'])(
    'is degraded, and names it, while %s does not answer; alerts are taken',
    async (part) => {
      stack.signal(part, 'SIGSTOP');
      try {
        await eventually(
          async () =>
            expect(await ready()).toMatchObject({
              status: 200,
              body: { status: 'degraded', parts: { [part]: 'away', postgres: 'ok' } },
            }),
          { timeoutMs: 30_000 },
        );
        expect((await post(stack, strategy, newAlert())).status).toBe(202);
      } finally {
        stack.signal(part, 'SIGCONT');
      }
      await eventually(async () => expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok' } }), {
        timeoutMs: 60_000,
      });
    },
  );

  it('is refused without Postgres, while liveness is not; an alert is answered 503 within 2 s', async () => {
    const pid = stack.pidOf('postgres');
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number);
    for (const each of [pid, ...children]) process.kill(each, 'SIGSTOP');
    try {
      await eventually(async () => expect(await ready()).toMatchObject({ status: 503, body: { parts: { postgres: 'away' } } }), {
        timeoutMs: 30_000,
      });
      expect((await http(`${stack.description().gateway.url}/health/live`)).status).toBe(200);
      const began = Date.now();
      expect((await post(stack, strategy, newAlert())).status).toBe(503);
      expect(Date.now() - began).toBeLessThan(3_000); // TradingView hangs up after 3 s: a promise of the interface, not a measurement
    } finally {
      for (const each of [...children, pid]) {
        try {
          process.kill(each, 'SIGCONT');
        } catch {
          // a session that ended meanwhile
        }
      }
    }
    await eventually(async () => expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok' } }), {
      timeoutMs: 60_000,
    });
  });

  it.each(['gateway', 'key-vault', 'trade-executor', 'audit', 'nats', 'postgres', 'provisioner', 'exchange-simulator'])(
    'a killed %s is back within seconds',
    async (part) => {
      const pid = stack.pidOf(part);
      process.kill(pid, 'SIGKILL');
      await eventually(() => expect(stack.pidOf(part)).not.toBe(pid), { timeoutMs: 20_000 });
      await eventually(async () => expect(await ready()).toMatchObject({ status: 200, body: { status: 'ok' } }), {
        timeoutMs: 30_000,
      });
    },
  );
});
