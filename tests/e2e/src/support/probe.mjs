// Loaded into a service before it starts (`--import`): tries to get out of it once it works. Prints one line, `PROBE` and a JSON object of what
// became of each try, and of the environment as it is then.
import net from 'node:net';
import http from 'node:http';
import http2 from 'node:http2';
import tls from 'node:tls';
import dns from 'node:dns';
import dgram from 'node:dgram';
import cluster from 'node:cluster';
import child from 'node:child_process';
import workers from 'node:worker_threads';
import inspector from 'node:inspector';
const { host, port, nats } = JSON.parse(process.env['PROBE'] ?? '{}');

const errorCode = (error) => {
  const { code, cause } = error;
  return cause?.code ?? code ?? String(error);
};
const tried = (work) =>
  new Promise((resolve) => {
    try {
      Promise.resolve(work(resolve)).catch((error) => resolve(errorCode(error)));
    } catch (error) {
      resolve(errorCode(error));
    }
  });
const listened = (made, event, done) => {
  made.on(event, () => done('CONNECTED'));
  made.on('error', (error) => done(errorCode(error)));
};

const outward = {
  'net.connect': (done) => listened(net.connect(port, host), 'connect', done),
  'net.connect by a lookup of its own': (done) =>
    listened(
      net.connect({ host: 'localhost', port: nats, lookup: (_name, _options, answer) => answer(null, host, 4) }),
      'connect',
      done,
    ),
  'new Socket().connect': (done) => {
    const socket = new net.Socket();
    listened(socket, 'connect', done);
    socket.connect({ host, port });
  },
  'Socket.prototype.connect of another object': (done) => {
    const socket = new net.Socket();
    listened(socket, 'connect', done);
    net.Socket.prototype.connect.call(socket, port, host);
  },
  'a socket of this machine': (done) => listened(net.connect('/var/run/docker.sock'), 'connect', done),
  'tls.connect': (done) => listened(tls.connect({ host, port }), 'secureConnect', done),
  'http.get': (done) => listened(http.get({ host, port }), 'response', done),
  'http2.connect': (done) => listened(http2.connect(`http://${host}:${port}`), 'connect', done),
  fetch: async (done) => done(`ANSWERED ${(await fetch(`http://${host}:${port}/`)).status}`),
  WebSocket: (done) => {
    const socket = new WebSocket(`ws://${host}:${port}`);
    socket.addEventListener('open', () => done('CONNECTED'));
    socket.addEventListener('error', () => done('REFUSED'));
  },
  'dns.lookup': (done) => dns.lookup('example.com', (error) => done(error ? errorCode(error) : 'ANSWERED')),
  'dns.resolve4': (done) => dns.resolve4('example.com', (error) => done(error ? errorCode(error) : 'ANSWERED')),
  'dns.promises.lookup': async (done) => done(`ANSWERED ${(await dns.promises.lookup('example.com')).address}`),
  'new Resolver()': (done) =>
    new dns.Resolver().resolveTxt('example.com', (error) => done(error ? errorCode(error) : 'ANSWERED')),
  'dgram.createSocket': (done) => dgram.createSocket('udp4').send('x', port, host, () => done('SENT')),
  'child_process.spawn': (done) => done(`SPAWNED ${child.spawn('true').pid}`),
  'child_process.exec': (done) => void child.exec('true', () => done('SPAWNED')),
  'child_process.execFileSync': (done) => done(`SPAWNED ${child.execFileSync('true').toString()}`),
  'child_process.fork': (done) => done(`SPAWNED ${child.fork('/nowhere').pid}`),
  'cluster.fork': (done) => done(`SPAWNED ${cluster.fork().process.pid}`),
  Worker: (done) => done(`STARTED ${new workers.Worker('', { eval: true }).threadId}`),
  'inspector.open': (done) => {
    inspector.open(0);
    done('OPENED');
  },
  'process.binding': (done) => {
    process.binding('tcp_wrap');
    done('BOUND');
  },
  'switching it off': (done) => {
    Object.defineProperty(net.Socket.prototype, 'connect', { value: () => undefined });
    done('SWITCHED OFF');
  },
};

const run = async () => {
  const results = {};
  for (const [name, work] of Object.entries(outward)) results[name] = await tried(work);
  const broker = await tried((done) => listened(net.connect(nats, '127.0.0.1'), 'connect', done));
  process.stdout.write(`PROBE ${JSON.stringify({ results, broker, environment: { ...process.env } })}\n`);
};
// Its secrets are taken out of the environment when it begins to work.
const waiting = setInterval(() => {
  if (process.env['DATABASE_URL'] !== undefined) return;
  clearInterval(waiting);
  void run();
}, 50);
