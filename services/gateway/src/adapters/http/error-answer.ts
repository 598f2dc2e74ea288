import { HttpException } from '@nestjs/common';
import { gatewayErrors, type GatewayErrorCode } from '@latchkey/contracts';
import { AppError, type ErrorDetails } from '@latchkey/kernel';
import { GatewayError, VerdictError } from '../../app/errors.js';
import { errorCatalogue } from '../../error-catalogue.js';
import { isDatabaseAway } from '../postgres/database-away.js';

export type ErrorBody = {
  readonly success: false;
  readonly error: { readonly code: string; readonly message: string; readonly details?: ErrorDetails };
};
export type ErrorAnswer = { readonly status: number; readonly body: ErrorBody; readonly unexpected: boolean };

export type ErrorContext = {
  readonly traceId: string;
  /** Key and webhook routes answer in the catalogue's words only: a message made elsewhere may quote what it was given. */
  readonly ownWordsOnly: boolean;
};

// What a caller may see of an error's details. Everything else stays in the log.
const shownDetails = ['field', 'fields', 'part', 'reason', 'code', 'retryAfterSeconds', 'supported', 'permissions', 'traceId'];

const shown = (details: ErrorDetails): ErrorDetails =>
  Object.fromEntries(Object.entries(details).filter(([name]) => shownDetails.includes(name)));

const answer = (status: number, code: string, message: string, details: ErrorDetails = {}, unexpected = false): ErrorAnswer => ({
  status,
  unexpected,
  body: { success: false, error: { code, message, ...(Object.keys(details).length > 0 && { details }) } },
});

const ours = (code: GatewayErrorCode, details?: ErrorDetails): ErrorAnswer =>
  answer(gatewayErrors[code].status, code, gatewayErrors[code].remedy, details, code === 'internal');

const byFastifyCode: Readonly<Record<string, GatewayErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'request.content_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'request.malformed_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'request.malformed_json',
};

const byStatus: Readonly<Record<number, GatewayErrorCode>> = {
  404: 'route.not_found',
  405: 'route.method_not_allowed',
  408: 'request.timeout',
  413: 'request.too_large',
  414: 'route.not_found',
  415: 'request.content_type',
  431: 'request.headers_too_large',
};

/** Nest and Fastify say what the client did wrong by quoting it; only the kind of it is kept. */
const ofFramework = (status: number, fastifyCode: unknown): GatewayErrorCode | undefined => {
  if (typeof fastifyCode === 'string' && byFastifyCode[fastifyCode]) return byFastifyCode[fastifyCode];
  return byStatus[status] ?? (status >= 400 && status < 500 ? 'request.malformed' : undefined);
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** What the outside is told of anything thrown while a request was served; the one place where codes become statuses. */
export const errorAnswer = (error: unknown, { traceId, ownWordsOnly }: ErrorContext): ErrorAnswer => {
  if (error instanceof AppError) {
    const row = errorCatalogue[error.code];
    const message = row && ownWordsOnly && !(error instanceof GatewayError) ? row.remedy : error.message;
    if (row) return answer(row.status, error.code, message, shown(error.details), error.code === 'internal');
    if (error instanceof VerdictError) return answer(422, error.code, message, shown(error.details));
  }
  if (isDatabaseAway(error)) return ours('storage.unavailable');
  if (error instanceof HttpException) {
    const code = ofFramework(error.getStatus(), isRecord(error.cause) ? error.cause['code'] : undefined);
    if (code) return ours(code);
  }
  if (isRecord(error) && typeof error['statusCode'] === 'number' && typeof error['code'] === 'string') {
    const code = ofFramework(error['statusCode'], error['code']);
    if (code) return ours(code);
  }
  return ours('internal', { traceId });
};
