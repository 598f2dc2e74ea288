import type { CallerName, RpcSubject } from '@latchkey/contracts';
import type { Traceparent } from '@latchkey/kernel';

/** Who asks. */
export type RpcContext = {
  readonly subject: RpcSubject;
  /** Proven by the message key for signed rows; for others, what the broker's permissions let through. */
  readonly caller: CallerName;
  readonly signed: boolean;
  /** The request's `jti`, for signed rows. */
  readonly requestId: string | undefined;
  readonly traceparent: Traceparent | undefined;
};
