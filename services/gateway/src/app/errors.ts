import { gatewayErrors, type GatewayErrorCode } from '@latchkey/contracts';
import { AppError, type ErrorDetails } from '@latchkey/kernel';

/** A request that is refused, or cannot be served now; the edge turns the code into a status. */
export class GatewayError extends AppError<GatewayErrorCode> {}

/** The refusal with the catalogue's own words, unless this case has better ones. Never put what the caller sent into either. */
export const refusal = (
  code: GatewayErrorCode,
  details: ErrorDetails = {},
  message: string = gatewayErrors[code].remedy,
): GatewayError => new GatewayError(code, message, details);
