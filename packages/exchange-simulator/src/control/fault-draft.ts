import { decimal } from '@latchkey/kernel';
import type { z } from 'zod';
import { simulatedFaults, type FaultDraft, type FaultKind } from '../core/faults.js';
import { SimulatorError } from '../core/simulator-error.js';
import type { faultBody } from './schemas.js';

type ParamName = keyof NonNullable<z.infer<typeof faultBody>['params']>;

/** Kinds that take the parameters beyond DESIGN 11's `status` and `ms`. Elsewhere they are refused: stored, they would be ignored. */
const special: Partial<Readonly<Record<ParamName, readonly FaultKind[]>>> = {
  code: ['venue-error', 'accept-then-error'],
  message: ['venue-error', 'accept-then-error', 'reject-after-accept'],
  recheck: ['accept-late'],
  share: ['partial-fill'],
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

const defaultMs = 5_000;
const defaultShare = decimal('0.5');

const notSupported = (message: string): SimulatorError => new SimulatorError('not_supported', message);

const kindOf = (name: string): FaultKind => {
  const kind = simulatedFaults.find((simulated) => simulated === name);
  if (kind === undefined) throw notSupported(`there is no fault kind "${name}"; the kinds are ${simulatedFaults.join(', ')}`);
  return kind;
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
  const status = params.status ?? statusOf[kind];
  const { code, message, recheck = false } = params;
  return {
    kind,
    times,
    afterMs,
    ms: params.ms ?? (kind === 'stall-body' ? 0 : defaultMs),
    recheck,
    ...(kind === 'partial-fill' ? { share: params.share ?? defaultShare } : {}),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(exchange === undefined ? {} : { exchange }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(path === undefined ? {} : { path }),
    ...(method === undefined ? {} : { method }),
  };
};
