/** Facts that help whoever reads the error: ids, limits, counts. Never a secret, a token or a credential. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * The one base of every error that this code throws on purpose. Branch on `code`, never on the message.
 *
 * @param Code the closed list of codes of one package, e.g. `'event_store.version_conflict'`; stable, documented, part of the API
 */
export class AppError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly details: ErrorDetails;

  constructor(code: Code, message: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** True when `error` is an {@link AppError}, of the given code if one is given. */
export const isAppError = <Code extends string>(error: unknown, code?: Code): error is AppError<Code> =>
  error instanceof AppError && (code === undefined || error.code === code);

/** What a log line or a wrapped error may say of any thrown thing: its message, or its text if it is no `Error`. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A broken invariant inside this code base: a caller can only report it. */
export class InvariantError extends AppError<'kernel.invariant_broken'> {
  constructor(message: string, details: ErrorDetails = {}) {
    super('kernel.invariant_broken', message, details);
  }
}

/** Ends a `switch` over a union: the compiler finds the missing case, and data from outside that slipped through fails loudly. */
export const assertNever = (value: never): never => {
  const { type, status } = (value ?? {}) as { readonly type?: unknown; readonly status?: unknown };
  throw new InvariantError('no case handles this kind of value', { kind: type ?? status ?? value });
};
