import { orderEvents, type OrderEvent } from '../../core/order-events.js';
import type { AlgoOrder } from '../../core/algo-order.js';
import type { BinanceParts } from './binance-parts.js';
import { executionReport, outboundAccountPosition, spotTopic } from './spot-events.js';
import { accountUpdate, algoUpdate, orderTradeUpdate, tradeLite, triggerReject } from './usdm-events.js';

const publishSpot = ({ world }: BinanceParts, event: OrderEvent): void => {
  const { apiKey, clientOrderId } = event.order;
  const common = { exchange: 'binance', topic: spotTopic } as const;
  world.streams.publish(apiKey, {
    ...common,
    event: event.type === 'triggered' ? 'accepted' : event.type,
    clientOrderId,
    body: executionReport(event, world),
  });
  world.streams.publish(apiKey, { ...common, event: 'balance', body: outboundAccountPosition(event.order, world) });
};

const publishUsdm = ({ world, usdm }: BinanceParts, event: OrderEvent): void => {
  const { apiKey, clientOrderId } = event.order;
  const account = world.accounts.find(apiKey);
  const exchange = 'binance';
  if (event.type === 'filled') {
    world.streams.publish(apiKey, {
      exchange,
      topic: 'TRADE_LITE',
      event: 'filled',
      clientOrderId,
      body: tradeLite(event, usdm),
    });
    if (account !== undefined)
      world.streams.publish(apiKey, {
        exchange,
        topic: 'ACCOUNT_UPDATE',
        event: 'position',
        body: accountUpdate(event.order, account, usdm),
      });
  }
  world.streams.publish(apiKey, {
    exchange,
    topic: 'ORDER_TRADE_UPDATE',
    event: event.type === 'triggered' ? 'accepted' : event.type,
    clientOrderId,
    body: orderTradeUpdate(event, usdm),
  });
};

const publishAlgo = ({ world, usdm }: BinanceParts, order: AlgoOrder): void => {
  const { apiKey, clientAlgoId } = order;
  const tell = (topic: string, body: object): void =>
    world.streams.publish(apiKey, { exchange: 'binance', topic, event: 'algo', clientOrderId: clientAlgoId, body });
  tell('ALGO_UPDATE', algoUpdate(order, usdm));
  if (order.status === 'rejected') tell('CONDITIONAL_ORDER_TRIGGER_REJECT', triggerReject(order, usdm));
};

/** Tells the streams of what happens to Binance's orders. */
export const publishOrders = (parts: BinanceParts): void => {
  parts.world.book.onChange((before, after) => {
    if (after.exchange !== 'binance' || !parts.world.streams.hears(after.apiKey)) return;
    const publish = after.market === 'spot' ? publishSpot : publishUsdm;
    for (const event of orderEvents(before, after)) publish(parts, event);
  });
  parts.world.algoBook.onChange((before, after) => {
    if (before?.status === after.status || !parts.world.streams.hears(after.apiKey)) return;
    publishAlgo(parts, after);
  });
};
