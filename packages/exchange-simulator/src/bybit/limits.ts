/** Requests a second of one account (UID) to one endpoint. */
export type EndpointLimit = { readonly spot: number; readonly linear: number };

export type BybitLimits = {
  /** All requests of one address, to all endpoints together. */
  readonly requestsPer5Seconds: number;
  /** How long an address that broke the limit hears nothing but HTTP 403. */
  readonly banMs: number;
  /** By path; endpoints without a row count under `otherPerSecond`. */
  readonly perSecond: Readonly<Record<string, EndpointLimit>>;
  readonly otherPerSecond: number;
  /** New connections to the WebSocket domain, of everybody together. */
  readonly connectionsPer5Minutes: number;
};

const both = (limit: number): EndpointLimit => ({ spot: limit, linear: limit });

/** The numbers of `exchange-facts.md` 4.7, for an account without VIP level. What has no documented row there counts as 10 a second. */
export const documentedBybitLimits: BybitLimits = {
  requestsPer5Seconds: 600,
  banMs: 600_000,
  otherPerSecond: 10,
  connectionsPer5Minutes: 500,
  perSecond: {
    '/v5/order/create': { spot: 20, linear: 10 },
    '/v5/order/cancel': { spot: 20, linear: 10 },
    '/v5/order/cancel-all': { spot: 20, linear: 10 },
    '/v5/order/amend': both(10),
    '/v5/order/realtime': both(50),
    '/v5/order/history': both(50),
    '/v5/execution/list': both(50),
    '/v5/position/list': both(50),
    '/v5/position/set-leverage': both(10),
    '/v5/position/switch-mode': both(10),
    '/v5/account/wallet-balance': both(50),
    '/v5/account/info': both(50),
    '/v5/account/set-margin-mode': both(5),
  },
};
