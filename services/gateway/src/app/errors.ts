import { gatewayErrors, type GatewayErrorCode } from '@latchkey/contracts';
import type { Refusal } from '../domain/alert/refusal.js';
import { AppError, type ErrorDetails } from '@latchkey/kernel';

/** A request that is refused, or cannot be served now; the edge turns the code into a status. */
export class GatewayError extends AppError<GatewayErrorCode> {}

/** The refusal with the catalogue's own words, unless this case has better ones. Never put what the caller sent into either. */
export const refusal = (
  code: GatewayErrorCode,
  details: ErrorDetails = {},
  message: string = gatewayErrors[code].remedy,
): GatewayError => new GatewayError(code, message, details);

/** An exchange's or the vault's "no" to a key: not a failure of ours, so its own code and words go to the caller. */
export class VerdictError extends AppError {}

/** An alert that is not taken. Its message was written by us and quotes nothing of the alert, so even a webhook may repeat it. */
export class AlertError extends GatewayError {
  constructor({ code, message, field }: Refusal) {
    super(code, message, field === undefined ? {} : { field });
  }
}
