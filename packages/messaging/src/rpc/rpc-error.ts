import { AppError } from '@latchkey/kernel';

/** Codes of this package; a refusal by the owner carries the owner's own code instead. */
export type RpcErrorCode =
  /** Nobody was asked: the owner or the broker is away. */
  | 'rpc.unavailable'
  /** Asked, and no answer came in time, or the connection was lost meanwhile: it may or may not have been done. */
  | 'rpc.timeout'
  /** What came back is no answer of the owner's. */
  | 'rpc.bad_reply'
  /** The request does not have the shape that the table says. */
  | 'rpc.bad_request'
  /** This identity may not call that. */
  | 'rpc.forbidden'
  /** The signature was not believed: wrong key, purpose, receiver or age. */
  | 'rpc.unauthenticated'
  /** Seen before, or signed before the owner started: sign it anew. */
  | 'rpc.replayed'
  /** The owner has more to do than it can hold; try again. */
  | 'rpc.overloaded'
  /** The owner failed in a way that it does not explain to others; its log does. */
  | 'internal';

/** Why a call has no answer. `code` is one of {@link RpcErrorCode}, or the owner's for a refusal, with the owner's message and details. */
export class RpcError extends AppError {
  /** True for an answer by the owner, false when there was none. */
  readonly refused: boolean;

  constructor(
    code: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    options: { readonly cause?: unknown; readonly refused?: boolean } = {},
  ) {
    super(code, message, details, options);
    this.refused = options.refused ?? false;
  }
}
