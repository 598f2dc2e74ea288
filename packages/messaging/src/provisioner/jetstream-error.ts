import { JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';

// "consumer not found", "stream not found" (nats-server, errors.json)
const notFoundCodes: readonly number[] = [10014, 10059];

export const isNotFound = (error: unknown): boolean => error instanceof JetStreamApiError && notFoundCodes.includes(error.code);

/** The subject that the server did not let us publish to, if that is what went wrong. */
export const forbiddenSubject = (error: unknown): string | undefined => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof errors.PermissionViolationError ? cause.subject : undefined;
};

// "JetStream system temporarily unavailable": while a server starts or a cluster elects
const temporaryCodes: readonly number[] = [10008];

/** What the server says to a request that it will refuse again, however often it is asked. */
export const lastingRefusal = (error: unknown): string | undefined =>
  error instanceof JetStreamApiError && !temporaryCodes.includes(error.code) ? error.message : undefined;
