import type { z } from 'zod';
import type { Account, AccountChange, AccountDraft } from '../core/accounts.js';
import type { ApiKey } from '../core/names.js';
import type { Order } from '../core/order.js';
import { SimulatorError } from '../core/simulator-error.js';
import { decimal } from '@latchkey/kernel';
import type { accountBody, accountChangeBody } from './schemas.js';

const notSupported = (what: string, instead: string): SimulatorError =>
  new SimulatorError('not_supported', `${what} is not simulated yet; ${instead}`);

/** A setting that would be stored and then ignored is refused instead. */
const refuseUnplayed = (body: {
  exchange?: string | undefined;
  marketType?: string | undefined;
  positionMode?: string | undefined;
}): void => {
  if (body.exchange === 'bybit') throw notSupported('exchange "bybit"', 'use "binance"');
  if (body.marketType === 'linear') throw notSupported('marketType "linear"', 'use "spot"');
  if (body.positionMode === 'hedge') throw notSupported('positionMode "hedge"', 'use "one-way", or leave it out');
};

const loopbackAddresses = ['127.0.0.1', '::1'];

/** @throws {SimulatorError} `not_supported` */
export const accountDraft = (
  body: z.infer<typeof accountBody>,
  about: { readonly uid: number; readonly createdAtMs: number },
): AccountDraft => {
  refuseUnplayed(body);
  return {
    ...about,
    exchange: body.exchange,
    environment: body.environment ?? 'live',
    apiKey: body.apiKey as ApiKey,
    apiSecret: body.apiSecret,
    permissions: {
      read: body.permissions?.read ?? true,
      trade: body.permissions?.trade ?? true,
      futures: body.permissions?.futures ?? true,
      withdraw: body.permissions?.withdraw ?? false,
      transfer: body.permissions?.transfer ?? false,
    },
    ipRestricted: body.ipRestricted ?? true,
    allowedIps: body.allowedIps ?? loopbackAddresses,
    balances: body.balances ?? { USDT: decimal('100000') },
  };
};

/** @throws {SimulatorError} `not_supported` */
export const accountChange = (body: z.infer<typeof accountChangeBody>): AccountChange => {
  refuseUnplayed(body);
  const { permissions, balances, ipRestricted, allowedIps, revoked = body.revoke } = body;
  const given = Object.entries(permissions ?? {}).filter(([, granted]) => granted !== undefined);
  return {
    ...(permissions === undefined ? {} : { permissions: Object.fromEntries(given) }),
    ...(balances === undefined ? {} : { balances }),
    ...(ipRestricted === undefined ? {} : { ipRestricted }),
    ...(allowedIps === undefined ? {} : { allowedIps }),
    ...(revoked === undefined ? {} : { revoked }),
  };
};

/** An account as the control API shows it: never the secret. */
export const accountView = (account: Account): object => {
  const { exchange, environment, apiKey, permissions, ipRestricted, allowedIps, revoked, wallets } = account;
  const shown = (wallet: Account['wallets']['spot']): object => Object.fromEntries(wallet.entries());
  return {
    exchange,
    environment,
    apiKey,
    permissions,
    ipRestricted,
    allowedIps,
    revoked,
    wallets: { spot: shown(wallets.spot), linear: shown(wallets.linear) },
  };
};

/** DESIGN 11's book entry. `price` is the limit, else the price of the fill, else null; `amount` is in base units. */
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
  clientOrderId: order.clientOrderId,
  orderId: String(order.orderId),
  receivedAt: new Date(order.receivedAtMs).toISOString(),
});
