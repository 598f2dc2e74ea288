// One alert, many followers, on a stack of its own: the time to the last order, and what each order costs in statements, transactions,
// messages and requests. What the idle stack does is measured first and told beside it; it is not taken off, since a busy stack polls less.
//
//   npm run build && node tools/run.mjs exec bench/followers.mjs [followers=100] [alerts=5]
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { Client } = createRequire(join(root, 'packages/cli/package.json'))('pg');
const [followers, alerts] = [Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 5)];
const home = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const free = probe.address().port;
    probe.close(() => resolve(free));
  });
});
const env = { ...process.env, LATCHKEY_HOME: home, PORT: String(port), RATE_LIMIT_SCALE: '1000' };

const supervisor = spawn(process.execPath, [join(root, 'packages/local-stack/dist/main.js')], {
  cwd: root,
  env,
  detached: true,
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const ended = new Promise((resolve) => supervisor.once('exit', resolve));
const stackFile = join(home, 'stack.json');
const stack = () => JSON.parse(readFileSync(stackFile, 'utf8'));
const until = async (done, limitMs = 60_000) => {
  for (const deadline = Date.now() + limitMs; ; await sleep(5)) {
    const result = await done();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms in vain`);
  }
};
const json = async (url, { method = 'GET', body, token } = {}) => {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const response = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const value = await response.json();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${JSON.stringify(value)}`);
  return value;
};

const jwk = () => JSON.parse(readFileSync(stack().keys.issuer, 'utf8'));
const { SignJWT, importJWK } = await import(createRequire(join(root, 'packages/cli/package.json')).resolve('jose'));
const tokenOf = async (user) =>
  new SignJWT({ roles: ['user'] })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk().kid })
    .setIssuer('latchkey-embedded')
    .setAudience('latchkey')
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importJWK(jwk(), 'EdDSA'));

const run = async () => {
  await until(() => existsSync(stackFile), 120_000);
  const admin = () => new Client({ connectionString: stack().postgres.admin }).on('error', () => undefined);
  let database = admin();
  await database.connect();
  await database.query("alter system set shared_preload_libraries = 'pg_stat_statements'");
  const before = stack().postgres.pid;
  await database.end();
  process.kill(before, 'SIGINT');
  await until(() => stack().postgres.pid !== before);
  database = admin();
  await database.connect();
  await database.query('create extension pg_stat_statements');

  const { gateway, simulator } = stack();
  const users = Array.from({ length: followers }, (_, i) => ({
    id: `follower-${i}`,
    apiKey: createHash('sha256').update(`key ${i} ${home}`).digest('hex'),
    apiSecret: randomBytes(32).toString('hex'),
  }));
  const owner = await tokenOf('owner');
  const { strategy } = await json(`${gateway.url}/api/strategies`, { method: 'POST', body: { name: 'Bench' }, token: owner });
  for (const { id, apiKey, apiSecret } of users) {
    const token = await tokenOf(id);
    await json(`${simulator.control}/accounts`, { method: 'POST', body: { exchange: 'binance', apiKey, apiSecret } });
    await json(`${gateway.url}/api/user-api-keys/binance`, { method: 'POST', body: { apiKey, apiSecret }, token });
    await json(`${gateway.url}/api/user-api-keys/binance/verify`, { method: 'POST', token });
    const body = { exchange: 'binance', marketType: 'spot', sizing: { mode: 'quote_amount', value: '50' } };
    await json(`${gateway.url}/api/strategies/${strategy.id}/follow`, { method: 'PUT', body, token });
  }

  const counters = async () => {
    // pg_stat_statements counts at once; the server's other statistics arrive up to seconds late, too late for a run this short.
    const { rows } = await database.query(
      `select sum(calls)::float8 as statements, coalesce(sum(calls) filter (where query ilike 'commit%'), 0)::float8 as commits
       from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname <> 'postgres'`,
    );
    const { in_msgs: messages } = await json(`${stack().nats.monitor}/varz`);
    const { requests } = await json(`${simulator.control}/stats`);
    const venue = Object.values(requests)
      .flatMap(Object.values)
      .reduce((sum, n) => sum + n, 0);
    return { ...rows[0], messages, venue };
  };
  const difference = (a, b) => Object.fromEntries(Object.keys(a).map((name) => [name, b[name] - a[name]]));

  const idleMs = 10_000;
  const idleStart = await counters();
  await sleep(idleMs);
  const idle = difference(idleStart, await counters());

  const results = [];
  for (let i = 0; i < alerts; i += 1) {
    const start = await counters();
    const startedAt = performance.now();
    const body = { ticker: 'BTCUSDT', action: 'buy', idempotencyKey: `bench-${i}` };
    const { signalId } = await json(strategy.webhookUrl, { method: 'POST', body });
    const answeredMs = performance.now() - startedAt;
    const book = () => json(`${simulator.control}/orders`);
    const orders = await until(async () => {
      const found = await book();
      return found.length >= followers * (i + 1) && found;
    });
    const last = Math.max(...orders.map(({ receivedAt }) => Date.parse(receivedAt)));
    const posted = performance.timeOrigin + startedAt;
    await until(async () => {
      const { counts } = await json(`${gateway.url}/api/signals/${signalId}`, { token: owner });
      return counts?.filled === followers;
    });
    const tookMs = performance.now() - startedAt;
    const cost = difference(start, await counters());
    const perOrder = Object.fromEntries(Object.entries(cost).map(([name, n]) => [name, Number((n / followers).toFixed(2))]));
    const doubled = orders.length - new Set(orders.map(({ clientOrderId }) => clientOrderId)).size;
    results.push({
      orders: orders.length - followers * i,
      doubled,
      answeredMs: Math.round(answeredMs),
      lastOrderMs: Math.round(last - posted),
      settledMs: Math.round(tookMs),
      ...perOrder,
    });
  }
  await database.end();
  const perSecond = Object.entries(idle).map(([name, n]) => `${name} ${((n * 1_000) / idleMs).toFixed(1)}`);
  console.log(`idle, per second: ${perSecond.join(', ')}`);
  console.log(
    `${followers} followers; all that the stack did until the last trade was settled, its idle work included, per order:`,
  );
  console.table(results);
};

try {
  await run();
} finally {
  if (supervisor.connected) supervisor.send('stop');
  await ended;
  rmSync(home, { recursive: true, force: true });
}
