#!/usr/bin/env node
// One alert with ten followers, seen by a real OpenTelemetry Collector: prints the spans of each service, the traces and the orphans.
// Needs: Go 1.25 or newer (the collector is built once from its Go modules, kept in .latchkey/cache), and a built workspace
// (`npm run build`). Free ports only; ends everything that it starts. Exit 0: one connected trace through all four services.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { issueTokens } from '../../e2e/dist/support/issue-tokens.js';
import { follow, newAlert, post, settledSignal, strategyOf, trader, traders } from '../../e2e/dist/support/people.js';
import { startStack } from '../../e2e/dist/support/stack.js';
import { readTelemetry, summaryOf } from './summary.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const version = '0.145.0';
const followers = 10;
const say = (text) => process.stderr.write(`${text}\n`);

const must = (command, args, options) => {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (status !== 0) throw new TypeError(`${command} ${args.join(' ')} failed (${error?.message ?? status})`);
};

/** The collector's binary; built by its own builder when it is not there. */
const collectorBinary = () => {
  const folder = join(root, '.latchkey/cache/otel-collector', version);
  const binary = join(folder, 'otelcol-latchkey');
  if (existsSync(binary)) return binary;
  say(`building the collector ${version} from its Go modules; this takes some minutes, once`);
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, GOBIN: folder };
  must('go', ['install', `go.opentelemetry.io/collector/cmd/builder@v${version}`], { env });
  const config = readFileSync(join(here, 'builder.yaml'), 'utf8').replace(/^dist:$/m, `dist:\n  output_path: ${folder}`);
  writeFileSync(join(folder, 'builder.yaml'), config);
  must(join(folder, 'builder'), ['--config', join(folder, 'builder.yaml')], { env });
  return binary;
};

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

/** With the configuration that we ship. */
const startCollector = async (folder) => {
  const endpoint = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'telemetry.jsonl');
  const env = { ...process.env, OTLP_HTTP_ENDPOINT: endpoint, TELEMETRY_FILE: file };
  const child = spawn(collectorBinary(), ['--config', join(root, 'infra/otel/collector.yaml')], { env, stdio: ['ignore', 2, 2] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for (let i = 0; ; i += 1) {
    if (child.exitCode !== null || i === 100) throw new TypeError('the collector did not start');
    const answer = await fetch(`http://${endpoint}/v1/traces`, { method: 'POST' }).catch(() => undefined);
    if (answer) break;
    await delay(100);
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  return { endpoint: `http://${endpoint}`, file, stop };
};

const tradeOnce = async (stack) => {
  const tokenOf = issueTokens(stack);
  const owner = await trader(stack, 'owner', await tokenOf('owner'));
  const strategy = await strategyOf(owner);
  const users = await traders(stack, followers, 'follower', tokenOf);
  for (const user of users) await follow(user, strategy);
  const { body } = await post(stack, strategy, newAlert());
  await settledSignal(owner, body.signalId, followers);
  const { body: signal } = await users[0].api('GET', `/api/signals/${String(body.signalId)}`);
  const { body: trade } = await users[0].api('GET', `/api/trades/${signal.personalTrades[0].id}`);
  return trade.traceId;
};

const folder = mkdtempSync(join(tmpdir(), 'latchkey-otel-'));
let collector;
let stack;
let traceId;
try {
  collector = await startCollector(folder);
  say(`collector ${version} listens on ${collector.endpoint}; starting a stack`);
  stack = await startStack({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_METRIC_EXPORT_INTERVAL: '2000' });
  traceId = await tradeOnce(stack);
} finally {
  await stack?.dispose(); // the services send what is left before they end
  await collector?.stop();
}
const summary = summaryOf(readTelemetry(collector.file), traceId);
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${summary.text}\n`);
process.exitCode = summary.ok ? 0 : 1;
