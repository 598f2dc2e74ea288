import { decimal } from '@latchkey/kernel';
import type { z } from 'zod';
import { algoFaults, simulatedFaults, type FaultDraft, type FaultKind } from '../core/faults.js';
import { streamFaults, streamPaths } from '../core/streams/stream-faults.js';
import { SimulatorError } from '../core/simulator-error.js';
import type { faultBody } from './schemas.js';

type ParamName = keyof NonNullable<z.infer<typeof faultBody>['params']>;

/** Kinds that take the parameters beyond DESIGN 11's `status` and `ms`. Elsewhere they are refused: stored, they would be ignored. */
const special: Partial<Readonly<Record<ParamName, readonly FaultKind[]>>> = {
  code: ['venue-error', 'accept-then-error'],
  message: ['venue-error', 'accept-then-error', 'reject-after-accept'],
  recheck: ['accept-late'],
  share: ['partial-fill'],
  event: streamFaults.filter((kind) => kind !== 'stream-refuse' && kind !== 'stream-filled-twice'),
};

/** Statuses of the answers that no venue gives; where it is the venue's own, its table decides. */
const statusOf: Partial<Readonly<Record<FaultKind, number>>> = {
  status: 503,
  'accept-then-status': 503,
  'stall-body': 200,
  garbage: 200,
};
/** These end with the head, so nothing of a body could stall, be garbage or say what went wrong. */
const bodiless: readonly number[] = [204, 205, 304];

/** Kinds that last until the client ends them, unless they are given a time. */
const endless: readonly FaultKind[] = ['stall-body', 'algo-stuck', 'stream-silence', 'stream-shutdown'];
const defaultMs = 5_000;
const defaultShare = decimal('0.5');

const notSupported = (message: string): SimulatorError => new SimulatorError('not_supported', message);

const allKinds: readonly FaultKind[] = [...simulatedFaults, ...algoFaults, ...streamFaults];
const kindOf = (name: string): FaultKind => {
  const kind = allKinds.find((simulated) => simulated === name);
  if (kind === undefined) throw notSupported(`there is no fault kind "${name}"; the kinds are ${allKinds.join(', ')}`);
  return kind;
};

const isOf = <Known extends string>(list: readonly Known[], name: string): name is Known => list.some((known) => known === name);
const algoPath = '/fapi/v1/algoOrder';
/** What can happen to the request that opens a stream. */
const upgradeFaults: readonly FaultKind[] = ['drop', 'status', 'delay'];

/** A stream has no answers that could be garbage, and a request no frames that could be late. */
const checkPlace = (kind: FaultKind, { exchange, path, method }: z.infer<typeof faultBody>): void => {
  const onStream = path !== undefined && isOf(streamPaths, path);
  if (isOf(streamFaults, kind)) {
    if (path !== undefined && !onStream) throw notSupported(`kind "${kind}" is for private streams: ${streamPaths.join(', ')}`);
    if (method !== undefined)
      throw notSupported(`kind "${kind}" is for private streams, which have no methods; leave method out`);
  } else if (onStream && !upgradeFaults.includes(kind)) {
    throw notSupported(
      `kind "${kind}" makes no sense on ${path}, a WebSocket; its upgrade takes ${upgradeFaults.join(', ')}, and its frames ${streamFaults.join(', ')}`,
    );
  }
  if (kind === 'algo-stuck' && (exchange === 'bybit' || (path !== undefined && path !== algoPath)))
    throw notSupported(`kind "algo-stuck" is for conditional orders of Binance USDM: ${algoPath}`);
  if (kind === 'stream-filled-twice' && exchange === 'binance')
    throw notSupported('kind "stream-filled-twice" is Bybit\'s: Binance tells of a filled order once');
  if (kind === 'stream-shutdown' && exchange === 'bybit')
    throw notSupported('kind "stream-shutdown" is Binance\'s: Bybit says nothing before it closes; use "stream-close"');
};

const checkParams = (kind: FaultKind, params: NonNullable<z.infer<typeof faultBody>['params']>): void => {
  for (const [name, kinds] of Object.entries(special)) {
    if (name in params && !kinds.includes(kind)) throw notSupported(`params.${name} belongs to kind "${kinds.join('" or "')}"`);
  }
  if ((params.ms ?? 0) < 0 && kind !== 'clock-skew')
    throw new SimulatorError('invalid_request', 'params.ms: only "clock-skew" may be below 0');
  if (params.status !== undefined && bodiless.includes(params.status))
    throw new SimulatorError('invalid_request', `params.status: ${params.status} has no body`);
};

/** @throws {SimulatorError} `not_supported`, `invalid_request` */
export const faultDraft = (body: z.infer<typeof faultBody>): FaultDraft => {
  const kind = kindOf(body.kind);
  const { exchange, apiKey, path, method, times = 1, afterMs = 0, params = {} } = body;
  if (kind === 'reject-after-accept' && exchange === 'binance')
    throw notSupported('kind "reject-after-accept" is Bybit\'s: Binance has decided when it answers');
  checkParams(kind, params);
  checkPlace(kind, body);
  const status = params.status ?? statusOf[kind];
  const { code, message, event, recheck = false } = params;
  return {
    kind,
    times,
    afterMs,
    ms: params.ms ?? (endless.includes(kind) ? 0 : defaultMs),
    recheck,
    ...(kind === 'partial-fill' ? { share: params.share ?? defaultShare } : {}),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(event === undefined ? {} : { event }),
    ...(body.clientOrderId === undefined ? {} : { clientOrderId: body.clientOrderId }),
    ...(exchange === undefined ? {} : { exchange }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(path === undefined ? {} : { path }),
    ...(method === undefined ? {} : { method }),
  };
};
