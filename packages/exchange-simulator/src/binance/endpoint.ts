import type { Account } from '../core/accounts.js';
import type { Market } from '../core/order.js';
import type { Cut, EdgeCall } from '../core/venue-edge.js';
import type { Params } from './params.js';
import type { TimeWindow } from './time-window.js';

/**
 * What the key must be allowed to do; all but `none` and `key` are signed, and `key` is satisfied with any key that is known. `user_data` reads, `trade` trades spot; with `futures_` the key needs its
 * futures right too, which is also all that trading futures takes.
 */
export type Security = 'none' | 'key' | 'user_data' | 'trade' | 'futures_data' | 'futures_trade';

export type SignedSecurity = Exclude<Security, 'none' | 'key'>;

/** What an endpoint may ask about the request it answers; `receivedAtMs` is by the world's clock, whatever `now` says. */
export type Call = EdgeCall & { readonly receivedAtMs: number };
export type SignedCall = Call & { readonly account: Account; readonly window: TimeWindow };

export type Answer =
  | {
      readonly kind: 'json';
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      readonly weightless?: boolean;
    }
  | Cut;

type Common = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Request weight per IP; some endpoints cost more without a symbol. */
  readonly weight: number | ((params: Params) => number);
  /** True where parameters that nobody asked for pass; elsewhere they are refused (-1104). */
  readonly passesUnknown?: boolean;
};

/** `read` takes the parameters first and returns what answers: the venue refuses malformed input before it looks at the account. */
export type PublicEndpoint = Common & {
  readonly security: 'none';
  readonly read: (params: Params) => (call: Call) => Answer;
};
export type SignedEndpoint = Common & {
  readonly security: SignedSecurity;
  /** True when something is different afterwards; the effect goes through `call.commit`. `accept-*` faults wait for these. */
  readonly changesBook?: boolean;
  /** True for a change that touches no order. */
  readonly setting?: boolean;
  readonly placesOrder?: () => Market;
  readonly read: (params: Params) => (call: SignedCall) => Answer;
};
/** Named by its key alone; whatever else is sent, a signature too, is ignored. */
export type KeyEndpoint = Common & {
  readonly security: 'key';
  readonly changesBook: true;
  readonly setting: true;
  readonly answer: (call: Call & { readonly account: Account }) => Answer;
};
export type Endpoint = PublicEndpoint | KeyEndpoint | SignedEndpoint;

export const json = (
  body: unknown,
  extra: { readonly headers?: Readonly<Record<string, string>>; readonly weightless?: boolean } = {},
): Answer => ({
  kind: 'json',
  body,
  ...extra,
});
