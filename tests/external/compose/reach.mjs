// Who can talk to whom. Each probe is a program that runs inside a container; what must not be reachable from the vault is shown to be
// reachable from elsewhere, so that a probe that never reaches anything would be noticed.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';

/**
 * Answers `{name: 'reached' | reason}` for `{name: {host, port, says?} | {name}}`. With `says`, only who answers that was reached: there are
 * networks whose gateway accepts every connection.
 */
const probe = `
import { connect } from 'node:net';
import { lookup } from 'node:dns/promises';
const tcp = ({ host, port, says }) => new Promise((resolve) => {
  const socket = connect({ host, port, timeout: 2000 });
  const end = (how) => { socket.destroy(); resolve(how); };
  socket.on('connect', () => says ? socket.write('GET / HTTP/1.0\\r\\n\\r\\n') : end('reached'));
  let text = '';
  socket.on('data', (data) => { text += data; if (text.includes(says)) end('reached'); });
  socket.on('close', () => end('somebody else answers'));
  socket.on('timeout', () => end('timeout'));
  socket.on('error', (error) => end(error.code));
});
const dns = ({ name }) => lookup(name).then(() => 'reached', (error) => error.code);
const asked = JSON.parse(process.argv[1]);
const answers = await Promise.all(Object.entries(asked).map(async ([key, to]) => [key, await (to.name ? dns(to) : tcp(to))]));
console.log(JSON.stringify(Object.fromEntries(answers)));
`;

/** Listens inside the vault's container for a while, since the vault itself listens to nobody there. */
const listener = `
import { createServer } from 'node:http';
createServer((_, response) => response.end(process.argv[2])).listen(Number(process.argv[1]), '0.0.0.0');
setTimeout(() => process.exit(), 30_000);
`;
const listenerPort = 9_999;

/** A server on every address of this machine: the world outside, as far as a container is concerned. */
const outside = async (says) => {
  const server = createServer((_, response) => response.end(says));
  await new Promise((resolve) => {
    server.listen(0, '0.0.0.0', resolve);
  });
  return { port: server.address().port, close: () => server.close() };
};

const addressesOf = (container, service) =>
  Object.entries(container.NetworkSettings.Networks).map(([network, { IPAddress: host }]) => [
    `${service} on ${network.replace(/^.*_/, '')}`,
    host,
  ]);

const isIPv4 = ({ family, internal }) => family === 'IPv4' && !internal;

/** @returns rows of `[what, from, outcome, as it must be?]` */
export const reach = async ({ compose, containers, inside, shell }) => {
  const all = await containers();
  const says = randomUUID();
  const world = await outside(says);
  await compose('exec', '--detach', 'key-vault', 'node', '--input-type=module', '-e', listener, String(listenerPort), says);
  try {
    const machine = Object.fromEntries(
      Object.values(networkInterfaces())
        .flat()
        .filter(isIPv4)
        .map(({ address }) => [`this machine at ${address}`, { host: address, port: world.port, says }]),
    );
    const forbidden = {
      'a name outside': { name: 'example.com' },
      'the name "gateway"': { name: 'gateway' },
      'an address outside': { host: '1.1.1.1', port: 443 },
      ...machine,
      ...Object.fromEntries(addressesOf(all.gateway, 'gateway').map(([name, host]) => [name, { host, port: 8080 }])),
      ...Object.fromEntries(
        addressesOf(all['trade-executor'], 'trade-executor').map(([name, host]) => [name, { host, port: 9090 }]),
      ),
      ...Object.fromEntries(addressesOf(all['trade-executor'], 'simulator').map(([name, host]) => [name, { host, port: 8183 }])),
      ...Object.fromEntries(addressesOf(all.audit, 'audit').map(([name, host]) => [name, { host, port: 9090 }])),
    };
    const allowed = { postgres: { host: 'postgres', port: 5432 }, nats: { host: 'nats', port: 4222 } };
    const [[, vault]] = addressesOf(all['key-vault'], 'key-vault');
    const control = {
      'the name "gateway"': { name: 'gateway' },
      ...machine,
      'gateway on backbone': forbidden['gateway on backbone'],
    };

    const ask = (service, what) => inside(service, probe, JSON.stringify(what));
    const rows = (from, answers, mustReach) =>
      Object.entries(answers).map(([what, outcome]) => [what, from, outcome, (outcome === 'reached') === mustReach]);
    const others = ['gateway', 'trade-executor', 'audit'];
    const toVault = { 'the name "key-vault"': { name: 'key-vault' }, 'key-vault': { host: vault, port: listenerPort, says } };
    const fromNats = (await shell('nats', `wget -q -T 2 -O - http://${vault}:${listenerPort}/`)).stdout;
    return [
      ...rows('key-vault', await ask('key-vault', allowed), true),
      ...rows('key-vault', await ask('key-vault', forbidden), false),
      ...(await Promise.all(others.map(async (from) => rows(from, await ask(from, toVault), false)))).flat(),
      ...rows('trade-executor (the probe works)', await ask('trade-executor', control), true),
      ...rows('nats (the probe works)', { 'key-vault': fromNats === says ? 'reached' : fromNats }, true),
    ];
  } finally {
    world.close();
  }
};
