import type { Account } from '../core/accounts.js';
import type { Cut, EdgeCall, EdgeEndpoint } from '../core/venue-edge.js';
import type { Category, Params } from './params.js';
import type { TimeWindow } from './time-window.js';

/** What a key must be ticked for; `any` is every key. Where it depends on the category, the endpoint says so by `trade`. */
export type Right = 'any' | 'read' | 'trade' | 'position';

export type Call = EdgeCall & { readonly params: Params; readonly receivedAtMs: number };
export type SignedCall = Call & { readonly account: Account; readonly window: TimeWindow };

/** The `result` of the envelope. */
export type Result = { readonly kind: 'result'; readonly result: object; readonly retMsg?: string };
export type Answer = Result | Cut;

export const result = (body: object, retMsg = 'OK'): Result => ({ kind: 'result', result: body, retMsg });

type Common = EdgeEndpoint & { readonly method: 'GET' | 'POST' };

export type PublicEndpoint = Common & {
  readonly security: 'none';
  readonly answer: (call: Call) => Answer;
};
/** Bybit's gateway knows the caller before it looks at the parameters, so these are read inside `answer`. */
export type SignedEndpoint = Common & {
  readonly security: 'signed';
  readonly right: Right;
  readonly answer: (call: SignedCall) => Answer;
};
export type Endpoint = PublicEndpoint | SignedEndpoint;

export const publicRead = (path: string, answer: PublicEndpoint['answer']): PublicEndpoint => ({
  method: 'GET',
  path,
  security: 'none',
  answer,
});

export const signedRead = (path: string, right: Right, answer: SignedEndpoint['answer']): SignedEndpoint => ({
  method: 'GET',
  path,
  security: 'signed',
  right,
  answer,
});

export const change = (path: string, right: Right, answer: SignedEndpoint['answer']): SignedEndpoint => ({
  method: 'POST',
  path,
  security: 'signed',
  right,
  changesBook: true,
  answer,
});

/** A change of how the account trades, which touches no order. */
export const setting = (path: string, right: Right, answer: SignedEndpoint['answer']): SignedEndpoint => ({
  ...change(path, right, answer),
  setting: true,
});

/** A list as most endpoints answer it. */
export const listed = (category: Category, list: readonly object[], nextPageCursor = ''): Result =>
  result({ category, nextPageCursor, list });
