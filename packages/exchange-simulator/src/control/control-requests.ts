import type { z } from 'zod';
import { orderLinkIdOf, wireOrderId } from '../bybit/order-id.js';
import { hmacKey, registeredKey } from '../core/account-key.js';
import type { Account, AccountChange, AccountDraft, NamedRights } from '../core/accounts.js';
import type { AlgoOrder } from '../core/algo-order.js';
import type { ApiKey, Exchange } from '../core/names.js';
import { averagePrice, executedQuantity, type Market, type Order } from '../core/order.js';
import { entryPrice, isFlat } from '../core/positions.js';
import { SimulatorError } from '../core/simulator-error.js';
import { absolute, decimal, isPositive } from '@latchkey/kernel';
import type { accountBody, accountChangeBody } from './schemas.js';

const loopbackAddresses = ['127.0.0.1', '::1'];

const perMarket = <Value>(of: (market: Market) => Value): Readonly<Record<Market, Value>> => ({
  spot: of('spot'),
  linear: of('linear'),
});
const defaultBalances = { USDT: decimal('100000') };
// What a fresh account of the venue starts with.
const defaultLeverage: Readonly<Record<Exchange, number>> = { binance: 20, bybit: 10 };

/** @throws {SimulatorError} `invalid_request`: a right that this venue would not write so */
const rightsAt = (exchange: Exchange, rights: NamedRights): NamedRights => {
  const fits = (value: NamedRights[string]): boolean =>
    exchange === 'binance' ? typeof value === 'boolean' : typeof value !== 'boolean';
  const wrong = Object.entries(rights).find(([, value]) => !fits(value));
  if (wrong === undefined) return rights;
  const kind = exchange === 'binance' ? 'true or false' : 'a list of what is ticked in that group, or null';
  throw new SimulatorError('invalid_request', `the request is not valid: rights.${wrong[0]}: must be ${kind}`);
};

/** @throws {SimulatorError} `not_supported`, `invalid_request` */
export const accountDraft = (
  body: z.infer<typeof accountBody>,
  about: { readonly uid: number; readonly createdAtMs: number },
): AccountDraft => {
  const { balances = defaultBalances, marketType, exchange, accountType = exchange === 'bybit' ? 'unified' : 'classic' } = body;
  const unified = accountType === 'unified';
  if (unified && exchange === 'binance')
    throw new SimulatorError('not_supported', 'Binance has no unified account here; leave accountType out');
  // One wallet is meant, whatever market it is named by.
  const isMeant = (market: Market): boolean => unified || marketType === undefined || marketType === market;
  return {
    ...about,
    exchange: body.exchange,
    environment: body.environment ?? 'live',
    apiKey: body.apiKey as ApiKey,
    key: body.publicKey === undefined ? hmacKey(body.apiSecret ?? '') : registeredKey(body.exchange, body.publicKey),
    permissions: {
      read: body.permissions?.read ?? true,
      trade: body.permissions?.trade ?? true,
      futures: body.permissions?.futures ?? true,
      withdraw: body.permissions?.withdraw ?? false,
      transfer: body.permissions?.transfer ?? false,
    },
    rights: rightsAt(exchange, body.rights ?? {}),
    ...(body.readOnly === undefined ? {} : { readOnly: body.readOnly }),
    ipRestricted: body.ipRestricted ?? true,
    allowedIps: body.allowedIps ?? loopbackAddresses,
    unboundAs: body.unboundAs ?? 'star',
    unified,
    ...(body.expiresAt === undefined ? {} : { expiresAtMs: body.expiresAt }),
    balances: perMarket((market) => (isMeant(market) ? balances : defaultBalances)),
    positionMode: body.positionMode ?? 'one-way',
    leverage: body.leverage ?? defaultLeverage[body.exchange],
    marginType: body.marginMode ?? 'cross',
  };
};

/**
 * @param exchange the account's own
 * @throws {SimulatorError} `invalid_request`
 */
export const accountChange = (body: z.infer<typeof accountChangeBody>, exchange: Exchange): AccountChange => {
  const { permissions, balances, marketType, positionMode, ipRestricted, allowedIps, revoked = body.revoke } = body;
  const { rights, readOnly, unboundAs } = body;
  const given = Object.entries(permissions ?? {}).filter(([, granted]) => granted !== undefined);
  return {
    ...(permissions === undefined ? {} : { permissions: Object.fromEntries(given) }),
    ...(balances === undefined
      ? {}
      : { balances: perMarket((market) => (marketType === undefined || marketType === market ? balances : {})) }),
    ...(positionMode === undefined ? {} : { positionMode }),
    ...(rights === undefined ? {} : { rights: rightsAt(exchange, rights) }),
    ...(readOnly === undefined ? {} : { readOnly }),
    ...(ipRestricted === undefined ? {} : { ipRestricted }),
    ...(allowedIps === undefined ? {} : { allowedIps }),
    ...(unboundAs === undefined ? {} : { unboundAs }),
    ...(body.expiresAt === undefined ? {} : { expiresAtMs: body.expiresAt }),
    ...(revoked === undefined ? {} : { revoked }),
  };
};

/** An account as the control API shows it: never the secret. Modes and leverage are those of symbols that were not set apart. */
export const accountView = (account: Account): object => {
  const { exchange, environment, apiKey, key, permissions, ipRestricted, allowedIps, revoked, unified, wallets, linear } =
    account;
  const { rights, readOnly, unboundAs, expiresAtMs } = account;
  const shown = (wallet: Account['wallets']['spot']): object => Object.fromEntries(wallet.entries());
  return {
    exchange,
    environment,
    apiKey,
    keyType: key.type,
    permissions,
    rights,
    ...(readOnly === undefined ? {} : { readOnly }),
    ipRestricted,
    allowedIps,
    unboundAs,
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
    revoked,
    accountType: unified ? 'unified' : 'classic',
    positionMode: linear.positionMode(),
    leverage: linear.leverage(),
    marginMode: linear.marginType(),
    wallets: { spot: shown(wallets.spot), linear: shown(wallets.linear) },
  };
};

/** The order's two ids as its venue writes them. */
const idsOf = (order: Order): { readonly clientOrderId: string; readonly orderId: string } =>
  order.exchange === 'bybit'
    ? { clientOrderId: orderLinkIdOf(order), orderId: wireOrderId(order.orderId) }
    : { clientOrderId: order.clientOrderId, orderId: String(order.orderId) };

/** DESIGN 11's book entry. `price` is the limit, else the price of the fill, else null; `amount` is in base units. And what was executed of it (an addition). */
export const orderView = (order: Order): object => ({
  exchange: order.exchange,
  market: order.market,
  apiKey: order.apiKey,
  symbol: order.pair.symbol,
  side: order.side,
  type: order.type,
  amount: order.quantity,
  price: order.price ?? order.fills.at(0)?.price ?? null,
  status: order.status,
  filled: executedQuantity(order),
  averagePrice: order.fills.length > 0 ? averagePrice(order) : null,
  ...idsOf(order),
  receivedAt: new Date(order.receivedAtMs).toISOString(),
});

/** The open positions of an account. In one-way mode `positionSide` is `both` and only `side` tells long from short. */
export const positionViews = ({ exchange, apiKey, linear }: Account): readonly object[] =>
  linear
    .positions()
    .filter((position) => !isFlat(position))
    .map((position) => ({
      exchange,
      market: 'linear',
      apiKey,
      symbol: position.pair.symbol,
      side: isPositive(position.size) ? 'long' : 'short',
      size: absolute(position.size),
      entryPrice: entryPrice(position),
      leverage: linear.leverage(position.pair.symbol),
      positionSide: position.positionSide,
    }));

/** A conditional order that is kept apart from the book. */
export const algoOrderView = (order: AlgoOrder): object => ({
  exchange: order.exchange,
  market: 'linear',
  apiKey: order.apiKey,
  symbol: order.pair.symbol,
  side: order.side,
  type: order.type,
  amount: order.quantity ?? null,
  triggerPrice: order.trigger.price,
  price: order.price ?? null,
  closePosition: order.closePosition,
  status: order.status,
  clientAlgoId: order.clientAlgoId,
  algoId: String(order.algoId),
  orderId: order.child === undefined ? null : String(order.child.orderId),
  receivedAt: new Date(order.receivedAtMs).toISOString(),
});
