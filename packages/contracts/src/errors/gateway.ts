/**
 * Every code that the gateway itself answers with: its HTTP status, and what the caller can do about it. Codes of other services reach
 * callers through the gateway too; their catalogues stand beside this one.
 */
export const gatewayErrors = {
  'request.invalid': {
    status: 400,
    remedy: "The request does not have this endpoint's shape; `details.fields` names what to change. See /docs.",
  },
  'request.malformed_json': { status: 400, remedy: 'The body is not JSON; send one JSON object.' },
  'request.malformed': { status: 400, remedy: 'The request is not HTTP as we read it (address, headers); correct it.' },
  'request.content_type': { status: 415, remedy: 'Send the body as `Content-Type: application/json`.' },
  'request.too_large': { status: 413, remedy: 'The body is too large: 16 KB for the API, 100 KB for an alert. Send less.' },
  'request.headers_too_large': { status: 431, remedy: 'The headers are too large; send fewer.' },
  'request.timeout': { status: 408, remedy: 'The request did not arrive in time; send it again.' },
  'route.not_found': { status: 404, remedy: 'There is nothing at this address; see /docs for what there is.' },
  'route.method_not_allowed': {
    status: 405,
    remedy: 'This address does not take this method; the `Allow` header names those it takes.',
  },
  'transport.https_required': {
    status: 403,
    remedy: 'Use https. Behind a proxy: name it in TRUSTED_PROXIES and let it send X-Forwarded-Proto.',
  },
  'auth.token_missing': { status: 401, remedy: 'Send `Authorization: Bearer <token>`; a token in the URL is not read.' },
  'auth.token_invalid': {
    status: 401,
    remedy: 'The token was refused (signature, issuer, audience, type or claims); get a new one.',
  },
  'auth.token_expired': { status: 401, remedy: 'The token has expired; get a new one.' },
  'auth.role_missing': {
    status: 403,
    remedy: "The token's roles do not include one that may do this; ask for a token with the role.",
  },
  'auth.keys_unavailable': {
    status: 503,
    remedy: "The token issuer's keys could not be fetched, so no token can be checked; try again. Webhooks still work.",
  },
  'rate.limited': { status: 429, remedy: 'Too many requests; wait as long as the `Retry-After` header says.' },
  not_supported: {
    status: 422,
    remedy: 'This is not supported yet, and nothing was stored; leave the field that `details.field` names out.',
  },
  'trading_mode.not_supported': {
    status: 422,
    remedy: 'Latchkey never holds funds, so there is nothing to pool; the only trading mode is PERSONAL.',
  },
  'exchange.unknown': { status: 404, remedy: 'There is no such exchange here; use `binance` or `bybit`.' },
  'key.swapped': {
    status: 422,
    remedy:
      'API key and API secret look swapped (at Bybit the key has 18 characters, the secret 36); copy each into its own field.',
  },
  'sealing.key_untrusted': {
    status: 503,
    remedy: "The vault's sealing key is not signed by a vault that we trust, so no secret was sealed to it; tell the operator.",
  },
  'sealing.mismatch': {
    status: 422,
    remedy: 'The sealed secret is not for this user, exchange, environment and API key; seal it again.',
  },
  'public_key.untrusted': {
    status: 503,
    remedy:
      'The public key is not signed by a vault that we trust; do not register one that you were shown, and tell the operator.',
  },
  'strategy.not_found': { status: 404, remedy: 'You have no such strategy; `GET /api/strategies` lists yours.' },
  'following.not_found': { status: 404, remedy: 'You do not follow this strategy; `PUT /api/strategies/{id}/follow` does.' },
  'signal.not_found': { status: 404, remedy: 'You have no such signal; see `GET /api/strategies/{id}/alerts`.' },
  'trade.not_found': { status: 404, remedy: 'You have no such trade; `GET /api/trades` lists yours.' },
  'webhook.not_found': {
    status: 404,
    remedy: 'No strategy has this webhook address; copy it again, or rotate the token to get a new one.',
  },
  'alert.malformed': {
    status: 400,
    remedy: "Make the alert's message one JSON object; the README has one that works with TradingView.",
  },
  'alert.placeholders_left': {
    status: 422,
    remedy: 'Create the alert on a strategy: TradingView fills `{{strategy.…}}` in for no other.',
  },
  'alert.field_missing': { status: 422, remedy: "Add the field that `details.field` names to the alert's message." },
  'alert.field_invalid': { status: 422, remedy: "Correct the field that `details.field` names in the alert's message." },
  'signal.stale': {
    status: 422,
    remedy:
      "The alert fired longer ago than it may: 300 s, or what it says itself (`max_lag`, `maxLag`). Send `{{timenow}}` in the field that `details.field` names (`{{time}}` is the bar's time) and check the sender's clock.",
  },
  'signal.key_reused': {
    status: 409,
    remedy: 'Another alert of this strategy had the same `idempotencyKey` and another body; give each alert its own key.',
  },
  'alert.not_stored': {
    status: 503,
    remedy: 'It is not known whether the alert was stored; send the very same bytes again, it counts once.',
  },
  'storage.unavailable': {
    status: 503,
    remedy: "The gateway's database does not answer; nothing was changed. Try again in a moment.",
  },
  'rpc.unavailable': {
    status: 503,
    remedy: '`details.part` is away; what does not need it still works: alerts are taken and kept. Try again in a moment.',
  },
  'rpc.timeout': {
    status: 503,
    remedy: '`details.part` did not answer in time; whether it did what was asked is not known. Look before you try again.',
  },
  'rpc.bad_reply': {
    status: 503,
    remedy:
      '`details.part` answered what the gateway does not understand; its version may be too old or too new. Tell the operator.',
  },
  'rpc.refused': {
    status: 503,
    remedy: '`details.part` cannot do this now (`details.reason`); nothing is known to have changed. Try again in a moment.',
  },
  'jwks.elsewhere': { status: 404, remedy: 'Tokens are issued elsewhere; ask the issuer for its keys.' },
  internal: {
    status: 500,
    remedy: 'Something is wrong on our side; it was logged. `details.traceId` helps the operator to find it.',
  },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly remedy: string }>>;

/** A stable code of the gateway. */
export type GatewayErrorCode = keyof typeof gatewayErrors;
