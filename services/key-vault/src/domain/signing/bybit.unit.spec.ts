import type { SignItem } from '@latchkey/contracts';
import type { UserId } from '@latchkey/kernel';
import { describe, expect, it } from 'vitest';
import { nowMs, strings } from '../../testing/strings-to-judge.js';
import { stringToSign } from './string-to-sign.js';

const linear = strings('bybit', 'linear');
const spot = strings('bybit', 'spot');
const id = linear.clientOrderId;
const at = (content: string, { ms = `${nowMs}`, window = '5000', mark = '{apiKey}' } = {}): string =>
  `${ms}${mark}${window}${content}`;

const perp = { symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', category: 'linear', qty: '0.010', orderLinkId: id };
const coin = { symbol: 'BTCUSDT', side: 'Buy', orderType: 'Market', category: 'spot', qty: '50', orderLinkId: id };
const body = (fields: object): string => at(JSON.stringify(fields));
const leverageBody = (more: object = {}): string =>
  body({ symbol: 'BTCUSDT', buyLeverage: '10', sellLeverage: '10', category: 'linear', ...more });
const perpBody = (more: object = {}): string => body({ ...perp, ...more });
const coinBody = (more: object = {}): string => body({ ...coin, marketUnit: 'quoteCoin', ...more });
const query = `category=linear&symbol=BTCUSDT&orderLinkId=${id}`;
const uuid = '24920bdb-4019-4e37-ad1c-876e3a855ac3';

describe('strings for Bybit that are signed', () => {
  it.each<[SignItem['purpose'], string]>([
    ['verify', at('')],
    ['verify', at('category=linear&symbol=BTCUSDT')],
    ['open', perpBody()],
    ['open', perpBody({ side: 'Sell' })],
    ['open', perpBody({ positionIdx: 0 })],
    ['open', perpBody({ positionIdx: 1 })],
    ['open', perpBody({ positionIdx: 2, side: 'Sell' })],
    ['close', perpBody({ reduceOnly: true })],
    ['close', perpBody({ reduceOnly: true, positionIdx: 1, side: 'Sell' })],
    ['close', perpBody({ reduceOnly: true, positionIdx: 2 })],
    ['read', at(query)],
    ['read', at(`symbol=BTCUSDT&orderLinkId=${id}&category=linear`)],
    ['read', at(`category=linear&symbol=BTCUSDT&orderId=${uuid}`)],
    ['read', at(`category=linear&symbol=BTCUSDT&orderId=${uuid}&limit=100`)],
    ['read', at('category=linear&symbol=BTCUSDT&limit=50')],
    ['read', at('accountType=UNIFIED&coin=USDT')],
    ['configure', leverageBody()],
    ['configure', leverageBody({ buyLeverage: '125', sellLeverage: '125' })],
  ])('linear, %s: %s', (purpose, payload) => {
    expect(linear.judge(purpose, payload)).toBeUndefined();
  });

  it.each<[SignItem['purpose'], string]>([
    ['verify', at('')],
    ['open', coinBody()],
    ['open', coinBody({ marketUnit: 'baseCoin', qty: '0.001' })],
    ['open', coinBody({ side: 'Sell' })],
    ['close', coinBody({ side: 'Sell', marketUnit: 'baseCoin' })],
    ['read', at(`category=spot&symbol=BTCUSDT&orderLinkId=${id}`)],
    ['read', at('category=spot&symbol=BTCUSDT&orderId=1523347543495541248')],
    ['read', at('accountType=UNIFIED&coin=BTC')],
  ])('spot, %s: %s', (purpose, payload) => {
    expect(spot.judge(purpose, payload)).toBeUndefined();
  });
});

describe('strings for Bybit linear that are not', () => {
  const raw = JSON.stringify(perp);
  it.each<[string, SignItem['purpose'], string]>([
    ['a withdrawal', 'open', body({ coin: 'USDT', chain: 'ETH', address: '0x0', amount: '24', timestamp: nowMs })],
    ['a withdrawal beside an order', 'open', perpBody({ coin: 'USDT', address: '0x0', amount: '24' })],
    ['a transfer', 'open', body({ transferId: uuid, coin: 'USDT', amount: '1', fromAccountType: 'UNIFIED' })],
    ['a sub-account', 'open', body({ username: 'x', memberType: 1 })],
    ['rights of a key', 'open', body({ readOnly: 0, permissions: { Wallet: ['AccountTransfer'] } })],
    ['a leverage', 'open', body({ category: 'linear', symbol: 'BTCUSDT', buyLeverage: '100', sellLeverage: '100' })],
    ['a leverage for one side', 'configure', leverageBody({ sellLeverage: '20' })],
    ['a leverage that no venue lends', 'configure', leverageBody({ buyLeverage: '126', sellLeverage: '126' })],
    ['a leverage of none', 'configure', leverageBody({ buyLeverage: '0', sellLeverage: '0' })],
    ['a leverage with a part', 'configure', leverageBody({ buyLeverage: '1.5', sellLeverage: '1.5' })],
    ['a leverage as a number', 'configure', leverageBody({ buyLeverage: 10, sellLeverage: 10 })],
    ['a leverage of spot', 'configure', leverageBody({ category: 'spot' })],
    ['a leverage and a margin mode', 'configure', leverageBody({ tradeMode: 1 })],
    ['a position mode as a setting', 'configure', body({ category: 'linear', symbol: 'BTCUSDT', mode: 3 })],
    ['an order as a setting', 'configure', perpBody()],
    ['a leverage beside an order', 'open', perpBody({ buyLeverage: '100', sellLeverage: '100' })],
    ['a position mode', 'open', body({ category: 'linear', coin: 'USDT', mode: 3 })],
    ['a margin mode', 'open', body({ setMarginMode: 'PORTFOLIO_MARGIN' })],
    ['a stop of the position', 'open', perpBody({ stopLoss: '1', tpslMode: 'Full' })],
    ['all orders of a symbol, to cancel', 'cancel', body({ category: 'linear', symbol: 'BTCUSDT' })],
    ['one order, to cancel: nothing does that yet', 'cancel', body({ category: 'linear', symbol: 'BTCUSDT', orderLinkId: id })],
    ['a batch', 'open', body({ category: 'linear', request: [perp] })],
    ['an order in an array', 'open', at(`[${raw}]`)],
    ['a stake in an earning product', 'open', body({ category: 'FlexibleSaving', orderType: 'Stake', coin: 'BTC', amount: '1' })],
    ['a spread of two contracts', 'open', perpBody({ symbol: 'SOLUSDT_SOL/USDT' })],
    ['an option', 'open', perpBody({ symbol: 'BTC-25DEC26-90000-C' })],
    ['an option by its category', 'open', perpBody({ category: 'option' })],
    ['an inverse contract', 'open', perpBody({ category: 'inverse' })],
    ['an order for spot', 'open', coinBody()],
    ['a look-up on spot', 'read', at(query.replace('linear', 'spot'))],
    ['a limit order', 'open', perpBody({ orderType: 'Limit', price: '1' })],
    ['a conditional order', 'open', perpBody({ triggerPrice: '1', triggerDirection: 1 })],
    ['borrowed money', 'open', perpBody({ isLeverage: 1 })],
    ['a close that may enlarge', 'close', perpBody()],
    ['a close that says it is none', 'close', perpBody({ reduceOnly: false })],
    ['a close with its flag as text', 'close', perpBody({ reduceOnly: 'true' })],
    ['an opening that only reduces', 'open', perpBody({ reduceOnly: true })],
    ['a hedge close that enlarges', 'close', perpBody({ reduceOnly: true, positionIdx: 1 })],
    ['a hedge opening that reduces', 'open', perpBody({ positionIdx: 2 })],
    ['a position that is none', 'open', perpBody({ positionIdx: 3 })],
    ['a position as text', 'open', perpBody({ positionIdx: '1' })],
    ['an amount as a number', 'open', perpBody({ qty: 1 })],
    ['an amount of nothing', 'open', perpBody({ qty: '0.0' })],
    ['a negative amount', 'open', perpBody({ qty: '-1' })],
    ['an exponent', 'open', perpBody({ qty: '1e3' })],
    ['a side in capitals', 'open', perpBody({ side: 'BUY' })],
    ['a symbol in small letters', 'open', perpBody({ symbol: 'btcusdt' })],
    ['no symbol', 'open', body({ ...perp, symbol: undefined })],
    ['an empty body', 'open', at('{}')],
    ['nothing', 'open', at('')],
    ['spaces', 'open', at(raw.replace(',', ', '))],
    ['a line break at the end', 'open', at(`${raw}\n`)],
    ['two bodies', 'open', at(`${raw}${raw}`)],
    ['a name twice', 'open', at(raw.replace('{', '{"qty":"100",'))],
    ['a name twice, once escaped', 'open', at(raw.replace('{', String.raw`{"\u0071ty":"100",`))],
    ['an escape that need not be', 'open', at(raw.replace('"BTCUSDT"', String.raw`"BTC\u0055SDT"`))],
    ['a name of another case', 'open', at(raw.replace('"qty"', '"Qty"'))],
    ['an object where a value belongs', 'open', perpBody({ qty: { value: '1' } })],
    ['an array where a value belongs', 'open', perpBody({ symbol: ['BTCUSDT'] })],
    ['no value', 'open', perpBody({ qty: null })],
    ['a prototype', 'open', at(raw.replace('{', '{"__proto__":{"qty":"100"},'))],
    ['a zero that is negative', 'open', at(raw.replace('}', ',"positionIdx":-0}'))],
    ['a whole number written otherwise', 'open', at(raw.replace('}', ',"positionIdx":1.0}'))],
    ['a query as an order', 'open', at(query)],
    ['an order as a look-up', 'read', perpBody()],
    ['a question about the key as a look-up', 'read', at('')],
    ['a question about the key with more in it', 'verify', at('category=linear')],
    ['a question about the positions of another symbol', 'verify', at('category=linear&symbol=ETHUSDT')],
    ['the same question in another order', 'verify', at('symbol=BTCUSDT&category=linear')],
    ['the same question with more in it', 'verify', at('category=linear&symbol=BTCUSDT&orderId=1')],
    ['the same question as a body', 'verify', at('{"category":"linear","symbol":"BTCUSDT"}')],
    ['the same question as a look-up', 'read', at('category=linear&symbol=BTCUSDT')],
    ['a question about the key as an empty body', 'verify', at('{}')],
    ['a look-up without an order', 'read', at('category=linear&symbol=BTCUSDT')],
    ['a list of everything', 'read', at('category=linear&limit=50')],
    ['another page of a list', 'read', at('category=linear&symbol=BTCUSDT&limit=50&cursor=abc')],
    ['a list of executions of a coin', 'read', at('category=linear&baseCoin=BTC&limit=50')],
    ['positions of everything', 'read', at('category=linear&settleCoin=USDT')],
    ['all balances', 'read', at('accountType=UNIFIED')],
    ['the balance of another wallet', 'read', at('accountType=FUND&coin=BTC')],
    ['the balances of several coins', 'read', at('accountType=UNIFIED&coin=BTC,ETH')],
    ['a balance as an order', 'open', at('accountType=UNIFIED&coin=BTC')],
    ['both ids', 'read', at(`${query}&orderId=${uuid}`)],
    ['another page', 'read', at(`category=linear&symbol=BTCUSDT&orderId=${uuid}&cursor=abc`)],
    ['a percent sign', 'read', at(`category=linear&symbol=%E5%B8%81USDT&orderLinkId=${id}`)],
    ['a separator at the end', 'read', at(`${query}&`)],
    ['a question mark', 'read', at(`?${query}`)],
    ['a name in the query twice', 'read', at(`${query}&symbol=ETHUSDT`)],
    ['a private stream, which trades without further signature', 'verify', `GET/realtime${nowMs}`],
    ['a private stream to read', 'read', `GET/realtime${nowMs}`],
    ['a form of an older API', 'read', `api_key={apiKey}&symbol=BTCUSDT&timestamp=${nowMs}`],
    ['a string without the mark', 'read', at(query, { mark: 'abcdefghijklmnopqr' })],
    ['the mark twice', 'read', at(query, { mark: '{apiKey}{apiKey}' })],
    ['the mark in small letters', 'read', at(query, { mark: '{apikey}' })],
    ['a string in front', 'read', `x${at(query)}`],
    ['a line break in front', 'read', `\n${at(query)}`],
    ['microseconds', 'read', at(query, { ms: `${nowMs}000` })],
    ['seconds', 'read', at(query, { ms: `${nowMs / 1_000}` })],
    ['too long a window', 'read', at(query, { window: '5001' })],
    ['a window of five digits', 'read', at(query, { window: '50000' })],
    ['no window', 'read', at(query, { window: '' })],
    ['a window of zero', 'read', at(query, { window: '0' })],
    ['a window with a zero in front', 'read', at(query, { window: '05000' })],
    ['a content that makes the window longer', 'read', at(`0${query}`)],
  ])('%s', (_what, purpose, payload) => {
    expect(linear.judge(purpose, payload)).toBe('vault.string_not_allowed');
  });

  it('a timestamp more than 3 seconds from the clock of the vault', () => {
    const shifted = (ms: number) => linear.judge('read', at(query, { ms: `${nowMs + ms}` }));
    expect([shifted(-3_000), shifted(3_000)]).toEqual([undefined, undefined]);
    expect([shifted(-3_001), shifted(3_001)]).toEqual(['vault.timestamp_out_of_window', 'vault.timestamp_out_of_window']);
  });

  it('an order of another trade', () => {
    expect(linear.judge('open', perpBody(), { userId: 'user-2' as UserId })).toBe('vault.trade_mismatch');
    expect(linear.judge('open', perpBody({ orderLinkId: id.replace('-e0', '-e1') }))).toBe('vault.trade_mismatch');
    expect(linear.judge('open', perpBody(), { trade: { ...linear.trade, attempt: 6 } })).toBe('vault.too_many_attempts');
  });

  it('a leverage for another trade, or for none', () => {
    expect(linear.judge('configure', leverageBody(), { trade: undefined })).toBe('vault.trade_mismatch');
    expect(linear.judge('configure', leverageBody(), { userId: 'user-2' as UserId })).toBe('vault.trade_mismatch');
    expect(linear.judge('configure', leverageBody(), { trade: { ...linear.trade, attempt: 6 } })).toBe('vault.too_many_attempts');
    expect(spot.judge('configure', leverageBody())).toBe('vault.string_not_allowed');
  });

  it('a question about a key that nobody verifies', () => {
    expect(linear.judge('verify', at(''), { verificationId: undefined })).toBe('vault.verification_not_open');
  });
});

describe('strings for Bybit spot that are not', () => {
  it.each<[string, SignItem['purpose'], string]>([
    ['an order whose amount could be of either coin', 'open', body(coin)],
    ['an amount of a third coin', 'open', coinBody({ marketUnit: 'USDT' })],
    ['borrowed money', 'open', coinBody({ isLeverage: 1 })],
    ['a position', 'open', coinBody({ positionIdx: 0 })],
    ['reduce-only, which spot has not', 'close', coinBody({ side: 'Sell', marketUnit: 'baseCoin', reduceOnly: true })],
    ['a close that buys', 'close', coinBody({ marketUnit: 'baseCoin' })],
    ['a close by cost', 'close', coinBody({ side: 'Sell' })],
    ['a leverage', 'configure', leverageBody()],
    ['a leverage that calls itself one of spot', 'configure', leverageBody({ category: 'spot' })],
    ['an order filter', 'open', coinBody({ orderFilter: 'tpslOrder', triggerPrice: '1' })],
    ['an order for linear', 'open', perpBody()],
    ['the question about positions, which spot has not', 'verify', at('category=linear&symbol=BTCUSDT')],
  ])('%s', (_what, purpose, payload) => {
    expect(spot.judge(purpose, payload)).toBe('vault.string_not_allowed');
  });
});

describe('the string that is signed', () => {
  const [exchange, apiKey] = ['bybit', 'abcdefghijklmnopqr'] as const;

  it('has the API key where the mark stood, and is otherwise what was asked for', () => {
    const payload = at('{"category":"linear","symbol":"BTCUSDT"}');
    expect(stringToSign({ exchange, purpose: 'read', payload }, apiKey)).toBe(
      `${nowMs}${apiKey}5000{"category":"linear","symbol":"BTCUSDT"}`,
    );
  });

  it('takes the key for text', () => {
    expect(stringToSign({ exchange, purpose: 'read', payload: at('') }, "$&$'$`")).toBe(`${nowMs}$&$'$\`5000`);
  });

  it('is at Binance just what was asked for', () => {
    expect(stringToSign({ exchange: 'binance', purpose: 'read', payload: 'symbol={apiKey}' }, apiKey)).toBe('symbol={apiKey}');
  });
});
