// The tour over `docker compose up`, and what its containers may and may not do. Needs Docker Engine with Compose, and Node 20 or newer:
//   node tests/external/compose/tour.mjs [--no-build]
// Takes a project, networks and volumes of its own, and removes all of it, whatever happens.
import { randomBytes } from 'node:crypto';
import { freePort, must, project } from './compose.mjs';
import { confinement } from './confinement.mjs';
import { reach } from './reach.mjs';

const name = `latchkey-tour-${process.pid}`;
const port = await freePort();
const stack = project(name, port);
const api = `http://127.0.0.1:${port}`;
const say = (text) => console.error(text);

const results = [];
const check = (what, ok, says) => {
  results.push([ok ? 'ok' : 'FAILED', what, says]);
  say(`${ok ? 'ok    ' : 'FAILED'}  ${what}: ${says}`);
};

const table = (title, header, rows) => {
  const cells = [
    header,
    ...rows.map((row) => row.map((cell) => (cell === true ? 'ok' : cell === false ? 'FAILED' : String(cell)))),
  ];
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  console.log(
    `\n${title}\n${cells
      .map((row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i]))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')}`,
  );
};

const call = async (path, { token, method = 'GET', body } = {}) => {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
};

// The simulator listens on the loopback that it shares with the executor: a program in there asks it.
const ask = `
const [path, method, body] = process.argv.slice(1);
const response = await fetch('http://127.0.0.1:8183' + path, { method, ...(body && { body, headers: { 'content-type': 'application/json' } }) });
console.log(JSON.stringify(await response.json()));
`;
const simulator = (path, method = 'GET', body) => stack.inside('simulator', ask, path, method, body ? JSON.stringify(body) : '');

const within = async (seconds, look) => {
  for (const deadline = Date.now() + seconds * 1000; ;) {
    const found = await look();
    if (found || Date.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

const tour = async () => {
  const whole = await within(60, async () => (await call('/health/ready')).body.status === 'ok');
  check('health', whole, JSON.stringify((await call('/health/ready')).body));
  const token = await stack.cli('token', '--user', 'alice');
  check('a token, by the cli image', token.split('.').length === 3, `${token.length} characters`);
  const [apiKey, apiSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
  await simulator('/accounts', 'POST', { exchange: 'binance', apiKey, apiSecret });
  const saved = await call('/api/user-api-keys/binance', { token, method: 'POST', body: { apiKey, apiSecret } });
  check('save the key', saved.status === 200, JSON.stringify(saved.body));
  const verified = await call('/api/user-api-keys/binance/verify', { token, method: 'POST' });
  check('verify it', verified.body.permissions?.can_trade === true, JSON.stringify(verified.body.permissions ?? verified.body));
  const { strategy } = (await call('/api/strategies', { token, method: 'POST', body: { name: 'Breakout' } })).body;
  const sizing = { mode: 'quote_amount', value: '50' };
  const follow = { exchange: 'binance', marketType: 'spot', sizing };
  const followed = await call(`/api/strategies/${strategy.id}/follow`, { token, method: 'PUT', body: follow });
  check('follow a strategy', followed.status === 200, strategy.id);
  const alert = { ticker: 'BTCUSDT', action: 'buy', quantity: '0.001', price: '60000', time: new Date().toISOString() };
  const hook = new URL(strategy.webhookUrl).pathname;
  const taken = await call(hook, { method: 'POST', body: alert });
  const again = await call(hook, { method: 'POST', body: alert });
  check(
    'the alert, twice',
    taken.status === 202 && again.body.status === 'duplicate',
    `${taken.body.status}, ${again.body.status}`,
  );
  const trade = await within(60, async () => {
    const [first] = (await call(`/api/signals/${taken.body.signalId}`, { token })).body.personalTrades ?? [];
    return first?.status === 'filled' && first;
  });
  check(
    'the trade',
    trade?.status === 'filled',
    trade ? `${trade.status} ${trade.filled} at ${trade.averagePrice}` : 'not filled',
  );
  const orders = await simulator(`/orders?apiKey=${apiKey}`);
  check('orders in the venue’s book', orders.length === 1, String(orders.length));
  const record = await within(30, async () => {
    const { ok, entries } = JSON.parse(await stack.cli('audit', 'verify', '--complete', '--json'));
    return ok && entries;
  });
  check('the record is unaltered and complete', Boolean(record), `${record} entries`);
  return { token };
};

/** The CLI's own tour, at every market of both exchanges. */
const markets = async () => {
  for (const exchange of ['binance', 'bybit']) {
    for (const market of ['spot', 'linear']) {
      const demo = JSON.parse(await stack.cli('demo', '--json', '--exchange', exchange, '--market', market));
      const ok = demo.trade?.status === 'filled' && demo.orders.length === 1;
      const says = ok ? `${demo.trade.filled} filled, one order` : JSON.stringify(demo.error ?? demo.trade);
      check(`latchkey demo, ${exchange} ${market}`, ok, says);
    }
  }
};

/** A service that dies comes back, and so does the simulator, which lives in its network. */
const survival = async () => {
  await stack.shell('trade-executor', 'kill -9 $(cat /proc/1/task/1/children)');
  const back = await within(90, async () => {
    const { 'trade-executor': executor, simulator: venues } = await stack.containers();
    if (executor?.State.Health?.Status !== 'healthy' || executor.RestartCount === 0 || venues?.RestartCount === 0) return false;
    return simulator('/stats').then(
      () => true,
      () => false,
    );
  });
  check('an executor that was killed comes back, and its venues', back, back ? 'both' : 'not within 90 s');
};

/** Containers go, volumes stay. */
const secondLife = async (token) => {
  await stack.compose('stop');
  const ended = JSON.parse(`[${(await stack.compose('ps', '--all', '--format', 'json')).split('\n').join(',')}]`);
  const codes = ended
    .filter(({ Service }) => /gateway|vault|executor|audit/.test(Service))
    .map(({ Service, ExitCode }) => `${Service} ${ExitCode}`);
  check('services end in order when asked', codes.length === 4 && codes.every((code) => code.endsWith(' 0')), codes.join(', '));
  await stack.compose('down');
  await stack.compose('up', '--detach', '--wait', '--wait-timeout', '180');
  const status = await within(60, async () => {
    const answer = await call('/api/user-api-keys/binance/status', { token });
    return answer.status === 200 && answer.body;
  });
  check('down, up: the key is still there, the token still good', status?.has_key === true, JSON.stringify(status));
};

const sizes = async () => {
  const images = ['gateway', 'key-vault', 'trade-executor', 'audit', 'provisioner', 'migrate', 'cli', 'secrets', 'simulator'];
  const base = process.env['NODE_IMAGE'] ?? 'node:26-slim';
  const mb = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  const size = async (image) => Number(await must('docker', ['image', 'inspect', '--format', '{{.Size}}', image]));
  const below = await size(base);
  return [
    [base, mb(below), ''],
    ...(await Promise.all(
      images.map(async (image) => {
        const all = await size(`latchkey/${image}:local`);
        return [image, mb(all), mb(all - below)];
      }),
    )),
  ];
};

try {
  if (!process.argv.includes('--no-build')) {
    say('building the images');
    await stack.compose('--profile', 'tools', 'build', '--quiet');
  }
  const started = Date.now();
  await stack.compose('up', '--detach', '--wait', '--wait-timeout', '180');
  check('docker compose up --wait', true, `${((Date.now() - started) / 1000).toFixed(0)} s`);
  const { token } = await tour();
  await markets();
  const reached = await reach(stack);
  const confined = await confinement(stack);
  check(
    'who reaches whom',
    reached.every((row) => row.at(-1)),
    `${reached.length} probes`,
  );
  check(
    'what containers may',
    confined.every((row) => row.at(-1)),
    `${confined.length} containers`,
  );
  await survival();
  await secondLife(token);
  table('Reach', ['what', 'from', 'outcome', ''], reached);
  table('Containers', ['container', 'user', 'writable', 'capabilities', 'secrets', ''], confined);
  table('Images', ['image', 'unpacked', 'ours'], await sizes());
} catch (error) {
  check('the run', false, error.message);
  say(await stack.compose('logs', '--tail', '5').catch(() => ''));
} finally {
  const { code, stderr } = await stack.remove();
  check('everything removed', code === 0, code === 0 ? 'containers, networks, volumes' : stderr);
}
table('Tour', ['', 'what', ''], results);
const failed = results.filter(([outcome]) => outcome !== 'ok').length;
console.log(`\n${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
