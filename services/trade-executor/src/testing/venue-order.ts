import { createHmac } from 'node:crypto';
import type { ExchangeName, MarketType } from '@latchkey/contracts';

export type VenueAccount = {
  readonly exchange: ExchangeName;
  readonly marketType: MarketType;
  readonly apiKey: string;
  readonly apiSecret: string;
};
type Draft = {
  readonly side: 'buy' | 'sell';
  readonly amount: string;
  readonly clientOrderId: string;
  /** A limit order that rests until the market comes to it; otherwise at market. */
  readonly price?: string;
};

const sign = (secret: string, text: string): string => createHmac('sha256', secret).update(text).digest('hex');

const binance = (url: string, { marketType, apiKey, apiSecret }: VenueAccount, { side, amount, clientOrderId, price }: Draft) => {
  const query = new URLSearchParams({
    symbol: 'BTCUSDT',
    side: side.toUpperCase(),
    type: price === undefined ? 'MARKET' : 'LIMIT',
    ...(price !== undefined && { price, timeInForce: 'GTC' }),
    quantity: amount,
    newClientOrderId: clientOrderId,
    recvWindow: '5000',
    timestamp: String(Date.now()),
  }).toString();
  const path = marketType === 'spot' ? '/api/v3/order' : '/fapi/v1/order';
  const host = marketType === 'spot' ? 'api.binance.com' : 'fapi.binance.com';
  const signed = `${query}&signature=${sign(apiSecret, query)}`;
  return fetch(`${url}${path}?${signed}`, { method: 'POST', headers: { 'X-MBX-APIKEY': apiKey, host } });
};

const bybit = (url: string, { marketType, apiKey, apiSecret }: VenueAccount, { side, amount, clientOrderId }: Draft) => {
  const body = JSON.stringify({
    category: marketType,
    symbol: 'BTCUSDT',
    side: side === 'buy' ? 'Buy' : 'Sell',
    orderType: 'Market',
    qty: amount,
    orderLinkId: clientOrderId,
    ...(marketType === 'spot' && { marketUnit: 'baseCoin' }),
  });
  const at = String(Date.now());
  return fetch(`${url}/v5/order/create`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'X-BAPI-API-KEY': apiKey,
      'X-BAPI-TIMESTAMP': at,
      'X-BAPI-RECV-WINDOW': '5000',
      'X-BAPI-SIGN': sign(apiSecret, `${at}${apiKey}5000${body}`),
    },
    body,
  });
};

/** An order that the account's owner places by hand, past us. Throws when the venue did not take it. */
export const venueOrder = async (
  urls: Readonly<Record<ExchangeName, string>>,
  account: VenueAccount,
  draft: Draft,
): Promise<void> => {
  const place = account.exchange === 'binance' ? binance : bybit;
  const answer = await place(urls[account.exchange], account, draft);
  const body = (await answer.json()) as { retCode?: number };
  if (answer.status !== 200 || (body.retCode ?? 0) !== 0) throw new Error(`the venue took no order: ${JSON.stringify(body)}`);
};
