// Loaded into an executor before it starts (`--import`): what it was armed with happens to it at the very moment that it was armed for.
//
// What it tells goes into files, written in one go and without leaving that moment: a process that kills or stops itself says nothing later.
import { subscribe } from 'node:diagnostics_channel';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['LATCHKEY_SPEC_CRASH_FOLDER'] ?? '';
const orders = new Set(['/api/v3/order', '/fapi/v1/order', '/v5/order/create']);
const longestCutMs = 20_000;
let armed;

/** Holds this process, all of it, until the other side has done its part. */
const holdUntil = (file) => {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + longestCutMs; !existsSync(file) && Date.now() < end;) Atomics.wait(cell, 0, 0, 1);
};

const strike = ({ id, fault }) => {
  writeFileSync(join(folder, `${id}.hit`), '');
  if (fault === 'kill') process.kill(process.pid, 'SIGKILL');
  else if (fault === 'freeze') process.kill(process.pid, 'SIGSTOP');
  else holdUntil(join(folder, `${id}.cut`));
};

const pass = (moment) => {
  if (armed?.moment !== moment) return;
  armed.passes -= 1;
  if (armed.passes > 0) return;
  const now = armed;
  armed = undefined;
  strike(now);
};

process.on('message', (message) => {
  if (message?.type !== 'arm') return;
  armed = message.cell;
  if (process.send) process.send({ type: 'armed', id: armed?.id });
});
subscribe('latchkey:moment', ({ moment }) => pass(moment));
// The bytes of an order are with the kernel: from here on they reach the venue, whatever becomes of this process.
subscribe('undici:request:bodySent', ({ request }) => {
  if (request.method === 'POST' && orders.has(String(request.path).split('?')[0])) pass('request-sent');
});
