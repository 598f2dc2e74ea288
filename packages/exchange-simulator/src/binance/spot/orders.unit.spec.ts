import { describe, expect, it } from 'vitest';
import type { Fields } from '../../testing/control-client.js';
import { follower, startMs, venueInMemory, type Seen } from '../../testing/venue-in-memory.js';

const bodyOf = (answer: Seen): Fields => (answer === 'cut' ? { cut: true } : answer.body);
const rows = (answer: Seen): readonly Fields[] => bodyOf(answer) as unknown as readonly Fields[];
const codeOf = (answer: Seen): readonly unknown[] =>
  answer === 'cut' ? ['cut'] : [answer.status, answer.body['code'], answer.body['msg']];
const limit = { type: 'LIMIT', timeInForce: 'GTC', price: '59000', quantity: '0.01' };

describe('the answer to a new order', () => {
  it('is full for a market order, in the shape and spelling of the documentation', async () => {
    const venue = venueInMemory();
    const answer = await venue.order({ quantity: '0.01', newClientOrderId: 'sig-1' });
    const orderId: unknown = bodyOf(answer)['orderId'];
    expect(answer).toMatchObject({ status: 200, headers: { 'x-mbx-order-count-10s': '0', 'x-mbx-used-weight-1m': '0' } });
    expect(bodyOf(answer)).toEqual({
      symbol: 'BTCUSDT',
      orderId,
      orderListId: -1,
      clientOrderId: 'sig-1',
      transactTime: startMs,
      price: '0.00000000',
      origQty: '0.01000000',
      executedQty: '0.01000000',
      origQuoteOrderQty: '0.00000000',
      cummulativeQuoteQty: '600.00000000',
      status: 'FILLED',
      timeInForce: 'GTC',
      type: 'MARKET',
      side: 'BUY',
      selfTradePreventionMode: 'EXPIRE_MAKER',
      workingTime: startMs,
      fills: [
        {
          price: '60000.00000000',
          qty: '0.01000000',
          commission: '0.00001000',
          commissionAsset: 'BTC',
          tradeId: expect.any(Number),
        },
      ],
    });
  });

  it('is as long as asked for, and short by default for stops', async () => {
    const venue = venueInMemory();
    const ack = ['clientOrderId', 'orderId', 'orderListId', 'symbol', 'transactTime'];
    const keys = async (parameters: Record<string, string>) => Object.keys(bodyOf(await venue.order(parameters))).sort();
    expect(await keys({ quantity: '0.01', newOrderRespType: 'ACK' })).toEqual(ack);
    expect(await keys({ quantity: '0.01', newOrderRespType: 'RESULT' })).not.toContain('fills');
    expect(await keys({ type: 'STOP_LOSS', side: 'SELL', quantity: '0.001', stopPrice: '59000' })).toEqual(ack);
    expect(await keys({ type: 'LIMIT_MAKER', price: '59000', quantity: '0.01' })).toEqual(ack);
  });

  it('invents a client order id of 22 characters when none is sent', async () => {
    expect(bodyOf(await venueInMemory().order({ quantity: '0.01' }))['clientOrderId']).toMatch(/^[A-Za-z0-9]{22}$/);
  });

  it('to a budget names the budget and the quantity that the engine picked', async () => {
    expect(bodyOf(await venueInMemory().order({ quoteOrderQty: '100' }))).toMatchObject({
      origQty: '0.00166000',
      origQuoteOrderQty: '100.00000000',
      cummulativeQuoteQty: '99.60000000',
      status: 'FILLED',
    });
  });
});

describe('a malformed order', () => {
  const mandatory = (name: string) => [400, -1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`];
  const notRequired = (name: string) => [400, -1106, `Parameter '${name}' sent when not required.`];
  const legalDecimal = String.raw`^([0-9]{1,20})(\.[0-9]{1,20})?$`;

  it.each<readonly [string, Readonly<Record<string, string>>, readonly unknown[]]>([
    ['no symbol', { symbol: '', quantity: '1' }, mandatory('symbol')],
    ['no size', {}, [400, -1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"]],
    ['both sizes', { quantity: '1', quoteOrderQty: '10' }, notRequired('quoteOrderQty')],
    ['a limit without price', { type: 'LIMIT', timeInForce: 'GTC', quantity: '1' }, mandatory('price')],
    ['a limit without time in force', { type: 'LIMIT', price: '1', quantity: '1' }, mandatory('timeInForce')],
    [
      'a limit with a budget',
      { type: 'LIMIT', timeInForce: 'GTC', price: '1', quoteOrderQty: '10' },
      notRequired('quoteOrderQty'),
    ],
    ['a stop without its price', { type: 'STOP_LOSS', quantity: '1' }, mandatory('stopPrice')],
    ['a market order with a price', { quantity: '1', price: '1' }, notRequired('price')],
    ['a market order with time in force', { quantity: '1', timeInForce: 'GTC' }, notRequired('timeInForce')],
    ['a side that is none', { side: 'LONG', quantity: '1' }, [400, -1117, 'Invalid side.']],
    ['a type that is none', { type: 'TWAP', quantity: '1' }, [400, -1116, 'Invalid orderType.']],
    ['a time in force that is none', { ...limit, timeInForce: 'DAY' }, [400, -1115, 'Invalid timeInForce.']],
    ['an answer type that is none', { quantity: '1', newOrderRespType: 'LONG' }, [400, -1136, 'Invalid newOrderRespType.']],
    ['a market that is none', { symbol: 'XXXUSDT', quantity: '1' }, [400, -1121, 'Invalid symbol.']],
    [
      'letters in the symbol',
      { symbol: 'btc/usdt', quantity: '1' },
      [400, -1100, "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'."],
    ],
    [
      'an exponent',
      { quantity: '1e-5' },
      [400, -1100, `Illegal characters found in parameter 'quantity'; legal range is '${legalDecimal}'.`],
    ],
    [
      'a negative quantity',
      { quantity: '-1' },
      [400, -1100, `Illegal characters found in parameter 'quantity'; legal range is '${legalDecimal}'.`],
    ],
    ['a quantity of zero', { quantity: '0.00' }, [400, -1013, 'Invalid quantity.']],
    ['a price of zero', { ...limit, price: '0' }, [400, -1013, 'Invalid price.']],
    ['nine decimal places', { quantity: '0.010000001' }, [400, -1111, "Parameter 'quantity' has too much precision."]],
    [
      'a client id with a space',
      { quantity: '1', newClientOrderId: 'a b' },
      [400, -1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."],
    ],
    ['a client id of 37 characters', { quantity: '1', newClientOrderId: 'a'.repeat(37) }, [400, -1100, expect.any(String)]],
    ['an empty client id', { quantity: '1', newClientOrderId: '' }, [400, -1105, "Parameter 'newClientOrderId' was empty."]],
    [
      'a parameter nobody reads',
      { quantity: '0.01', stopLoss: '1' },
      [400, -1104, "Not all sent parameters were read; read '6' parameter(s) but was sent '7'."],
    ],
    [
      'an iceberg, which is not played',
      { ...limit, icebergQty: '0.001' },
      [501, -1020, "The simulator does not play orders with 'icebergQty'."],
    ],
  ])('%s', async (_what, parameters, expected) => {
    const venue = venueInMemory();
    expect(codeOf(await venue.order(parameters))).toEqual(expected);
    expect(venue.book()).toEqual([]);
  });

  it('says the same parameter twice', async () => {
    const { apiKey } = follower;
    const answer = await venueInMemory().raw('POST', '/api/v3/order', { apiKey, body: 'symbol=BTCUSDT&symbol=ETHUSDT' });
    expect(codeOf(answer)).toEqual([400, -1101, 'Duplicate values for a parameter detected.']);
  });

  it('has percent signs that encode nothing', async () => {
    const answer = await venueInMemory().raw('POST', '/api/v3/order', { apiKey: follower.apiKey, body: 'symbol=%ZZ' });
    expect(codeOf(answer)).toEqual([400, -1100, 'Illegal characters found in a parameter.']);
  });

  it('lacks timestamp or signature', async () => {
    const venue = venueInMemory();
    const { apiKey } = follower;
    expect(codeOf(await venue.raw('GET', '/api/v3/account', { apiKey }))).toEqual(mandatory('timestamp'));
    expect(codeOf(await venue.raw('GET', '/api/v3/account', { apiKey, query: 'timestamp=1' }))).toEqual(mandatory('signature'));
  });
});

describe('a parameter in both query and body', () => {
  it('takes the value of the query', async () => {
    const venue = venueInMemory();
    const { createHmac } = await import('node:crypto');
    const query = 'quantity=0.02';
    const body = `symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01&timestamp=${startMs}`;
    const signature = createHmac('sha256', follower.secret)
      .update(query + body)
      .digest('hex');
    const answer = await venue.raw('POST', '/api/v3/order', {
      apiKey: follower.apiKey,
      query,
      body: `${body}&signature=${signature}`,
    });
    expect(bodyOf(answer)).toMatchObject({ origQty: '0.02000000' });
  });
});

describe('an order that is refused', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, readonly unknown[]]>([
    ['breaks a filter', { quantity: '0.00001' }, [400, -1013, 'Filter failure: NOTIONAL']],
    ['breaks the lot size', { quantity: '0.000011' }, [400, -1013, 'Filter failure: LOT_SIZE']],
    ['has no funds', { quantity: '10' }, [400, -2010, 'Account has insufficient balance for requested action.']],
    [
      'would take',
      { type: 'LIMIT_MAKER', price: '60001', quantity: '0.01' },
      [400, -2010, 'Order would immediately match and take.'],
    ],
    [
      'would trigger',
      { type: 'STOP_LOSS', stopPrice: '59000', quantity: '0.01' },
      [400, -2010, 'Order would trigger immediately.'],
    ],
  ])('because it %s is in no book and costs weight', async (_why, parameters, expected) => {
    const venue = venueInMemory();
    const answer = await venue.order(parameters);
    expect(codeOf(answer)).toEqual(expected);
    expect(answer).toMatchObject({ headers: { 'x-mbx-used-weight-1m': '1' } });
    expect(venue.book()).toEqual([]);
  });
});

describe('a client order id', () => {
  it('is unique among open orders only: refused while one is open, and taken again after a fill', async () => {
    const venue = venueInMemory();
    await venue.order({ ...limit, newClientOrderId: 'again' });
    expect(codeOf(await venue.order({ quantity: '0.01', newClientOrderId: 'again' }))).toEqual([
      400,
      -2010,
      'Duplicate order sent.',
    ]);
    venue.setPrice('BTCUSDT', '59000');
    expect(await venue.order({ quantity: '0.01', newClientOrderId: 'again' })).toMatchObject({ status: 200 });
    expect(venue.book().map(({ clientOrderId, status }) => [clientOrderId, status])).toEqual([
      ['again', 'filled'],
      ['again', 'filled'],
    ]);
  });

  it('belongs to its account', async () => {
    const venue = venueInMemory();
    venue.openAccount({ apiKey: 'other', apiSecret: 's' });
    await venue.order({ ...limit, newClientOrderId: 'mine' });
    expect(await venue.order({ ...limit, newClientOrderId: 'mine' }, { apiKey: 'other', secret: 's' })).toMatchObject({
      status: 200,
    });
  });
});

describe('a look-up', () => {
  it('finds an order by either id, in the shape of the documentation', async () => {
    const venue = venueInMemory();
    const { orderId } = bodyOf(await venue.order({ ...limit, newClientOrderId: 'mine' }));
    const found = bodyOf(await venue.lookUp('mine'));
    expect(found).toEqual({
      symbol: 'BTCUSDT',
      orderId,
      orderListId: -1,
      clientOrderId: 'mine',
      price: '59000.00000000',
      origQty: '0.01000000',
      executedQty: '0.00000000',
      origQuoteOrderQty: '0.00000000',
      cummulativeQuoteQty: '0.00000000',
      status: 'NEW',
      timeInForce: 'GTC',
      type: 'LIMIT',
      side: 'BUY',
      selfTradePreventionMode: 'EXPIRE_MAKER',
      stopPrice: '0.00000000',
      icebergQty: '0.00000000',
      time: startMs,
      updateTime: startMs,
      isWorking: true,
      workingTime: startMs,
    });
    expect(bodyOf(await venue.signed('GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId: orderId as number }))).toEqual(found);
  });

  it('finds nothing under an unknown id, another symbol, two ids that disagree, or another account', async () => {
    const venue = venueInMemory();
    venue.openAccount({ apiKey: 'other', apiSecret: 's' });
    const { orderId } = bodyOf(await venue.order({ ...limit, newClientOrderId: 'mine' }));
    const get = (parameters: Record<string, string | number>, about?: object) =>
      venue.signed('GET', '/api/v3/order', parameters, about);
    const nothing = [400, -2013, 'Order does not exist.'];
    expect(codeOf(await venue.lookUp('unknown'))).toEqual(nothing);
    expect(codeOf(await get({ symbol: 'ETHUSDT', origClientOrderId: 'mine' }))).toEqual(nothing);
    expect(codeOf(await get({ symbol: 'BTCUSDT', orderId: orderId as number, origClientOrderId: 'other' }))).toEqual(nothing);
    expect(codeOf(await get({ symbol: 'BTCUSDT', origClientOrderId: 'mine' }, { apiKey: 'other', secret: 's' }))).toEqual(
      nothing,
    );
    expect(codeOf(await get({ symbol: 'BTCUSDT' }))).toEqual([
      400,
      -1102,
      "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    ]);
  });

  it('by an id that was used twice shows the open order, else the newest', async () => {
    const venue = venueInMemory();
    await venue.order({ quantity: '0.01', newClientOrderId: 'twice' });
    await venue.order({ ...limit, newClientOrderId: 'twice' });
    expect(bodyOf(await venue.lookUp('twice'))).toMatchObject({ status: 'NEW' });
    await venue.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: 'twice' });
    expect(bodyOf(await venue.lookUp('twice'))).toMatchObject({ status: 'CANCELED' });
  });
});

describe('a cancel', () => {
  it('ends an open order, names both client ids and frees the funds', async () => {
    const venue = venueInMemory();
    await venue.order({ ...limit, newClientOrderId: 'mine' });
    expect(venue.balance('USDT')).toEqual({ free: '99410', locked: '590' });
    const answer = await venue.signed('DELETE', '/api/v3/order', {
      symbol: 'BTCUSDT',
      origClientOrderId: 'mine',
      newClientOrderId: 'cancel-1',
    });
    expect(bodyOf(answer)).toMatchObject({
      origClientOrderId: 'mine',
      clientOrderId: 'cancel-1',
      status: 'CANCELED',
      transactTime: startMs,
    });
    expect(venue.balance('USDT')).toEqual({ free: '100000', locked: '0' });
    expect(bodyOf(await venue.lookUp('mine'))).toMatchObject({ clientOrderId: 'mine', status: 'CANCELED' });
  });

  it('of what is unknown or has ended is refused', async () => {
    const venue = venueInMemory();
    await venue.order({ quantity: '0.01', newClientOrderId: 'done' });
    const cancel = (id: string, more = {}) =>
      venue.signed('DELETE', '/api/v3/order', { symbol: 'BTCUSDT', origClientOrderId: id, ...more });
    expect(codeOf(await cancel('unknown'))).toEqual([400, -2011, 'Unknown order sent.']);
    expect(codeOf(await cancel('done'))).toEqual([400, -2011, 'Unknown order sent.']);
    await venue.order({ ...limit, newClientOrderId: 'open' });
    expect(codeOf(await cancel('open', { cancelRestrictions: 'ONLY_PARTIALLY_FILLED' }))).toEqual([
      400,
      -2011,
      'Order was not canceled due to cancel restrictions.',
    ]);
    expect(codeOf(await cancel('open', { cancelRestrictions: 'NEVER' }))).toEqual([400, -1145, expect.any(String)]);
  });

  it('of all ends the open orders of that symbol only', async () => {
    const venue = venueInMemory();
    await venue.order({ ...limit });
    await venue.order({ ...limit });
    await venue.order({ ...limit, symbol: 'ETHUSDT', price: '2900', quantity: '0.1' });
    const cancelAll = () => venue.signed('DELETE', '/api/v3/openOrders', { symbol: 'BTCUSDT' });
    expect(rows(await cancelAll()).map(({ status }) => status)).toEqual(['CANCELED', 'CANCELED']);
    expect(venue.book().map(({ status }) => status)).toEqual(['canceled', 'canceled', 'new']);
    expect(codeOf(await cancelAll())).toEqual([400, -2011, 'Unknown order sent.']);
  });
});

describe('the lists', () => {
  it('show open orders, all orders and trades of the account', async () => {
    const venue = venueInMemory();
    await venue.order({ ...limit, newClientOrderId: 'open' });
    await venue.order({ quantity: '0.01', newClientOrderId: 'done' });
    await venue.order({ ...limit, symbol: 'ETHUSDT', price: '2900', quantity: '0.1', newClientOrderId: 'eth' });
    const ids = async (path: string, parameters = {}) =>
      rows(await venue.signed('GET', path, parameters)).map(({ clientOrderId }) => clientOrderId);
    expect(await ids('/api/v3/openOrders')).toEqual(['open', 'eth']);
    expect(await ids('/api/v3/openOrders', { symbol: 'BTCUSDT' })).toEqual(['open']);
    expect(await ids('/api/v3/allOrders', { symbol: 'BTCUSDT' })).toEqual(['open', 'done']);
    expect(await ids('/api/v3/allOrders', { symbol: 'BTCUSDT', limit: 1 })).toEqual(['done']);
    expect(await ids('/api/v3/allOrders', { symbol: 'BTCUSDT', endTime: startMs - 1 })).toEqual([]);
    expect(rows(await venue.signed('GET', '/api/v3/myTrades', { symbol: 'BTCUSDT' }))).toMatchObject([
      {
        qty: '0.01000000',
        quoteQty: '600.00000000',
        commission: '0.00001000',
        commissionAsset: 'BTC',
        isBuyer: true,
        isMaker: false,
      },
    ]);
  });

  it('show the account, with zero balances left out when asked', async () => {
    const venue = venueInMemory();
    const assets = async (parameters = {}) =>
      (bodyOf(await venue.signed('GET', '/api/v3/account', parameters))['balances'] as readonly Fields[]).map(
        ({ asset, free }) => [asset, free],
      );
    expect(await assets({ omitZeroBalances: 'true' })).toEqual([['USDT', '100000.00000000']]);
    expect(await assets()).toContainEqual(['BTC', '0.00000000']);
  });
});

describe('an order test', () => {
  it('is checked like an order and enters no book', async () => {
    const venue = venueInMemory();
    const test = (quantity: string) =>
      venue.signed('POST', '/api/v3/order/test', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity });
    expect(bodyOf(await test('0.01'))).toEqual({});
    expect(codeOf(await test('0.00001'))).toEqual([400, -1013, 'Filter failure: NOTIONAL']);
    expect(venue.book()).toEqual([]);
  });
});
