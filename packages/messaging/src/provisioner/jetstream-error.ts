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
