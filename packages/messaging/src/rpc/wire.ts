import { inboxPrefixOf, type CallerName } from '@latchkey/contracts';
import { isTraceparent, type Traceparent } from '@latchkey/kernel';
import { headers, type MsgHdrs } from '@nats-io/transport-node';

/** Says who calls, for the log and for `RpcContext.caller` of unsigned requests; worth as much as the broker's permissions. */
export const callerHeader = 'Latchkey-Caller';
const traceparentHeader = 'traceparent';

export const requestHeaders = (caller: string, traceparent: Traceparent | undefined): MsgHdrs => {
  const made = headers();
  made.set(callerHeader, caller);
  if (traceparent !== undefined) made.set(traceparentHeader, traceparent);
  return made;
};

export const traceparentOf = (from: MsgHdrs | undefined): Traceparent | undefined => {
  const value = from?.get(traceparentHeader);
  return isTraceparent(value) ? value : undefined;
};

/** A signed request may take this long to arrive, beyond its row's deadline: clocks of two machines are never equal. */
const clockSkewMs = 5_000;
export const maxAgeMs = (deadlineMs: number): number => deadlineMs + clockSkewMs;

/** Where the server collects an answer for another account. */
const crossAccountReply = '_R_.';

/**
 * True when an answer to `reply` can reach its caller only: between accounts the server sees to it; where all share one (a bare server), the
 * subject must lie in the caller's own inbox, or the owner would be made a messenger.
 */
export const isReplyTo = (caller: CallerName, reply: string | undefined): reply is string =>
  reply?.startsWith(crossAccountReply) === true || reply?.startsWith(`${inboxPrefixOf(caller)}.`) === true;
