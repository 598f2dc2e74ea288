import { orderEvents, type OrderEvent } from '../../core/order-events.js';
import type { StreamEvent } from '../../core/streams/stream-faults.js';
import type { BybitParts } from '../bybit-parts.js';
import { executionRow, lostCancelRow, orderRow, positionRow, walletRowOf, type Topic } from './bybit-events.js';

const publishOrder = (parts: BybitParts, event: OrderEvent): void => {
  const { world } = parts;
  const { order } = event;
  const { apiKey, clientOrderId } = order;
  const account = world.accounts.find(apiKey);
  if (account === undefined) return;
  const tell = (topic: Topic, about: StreamEvent, row: object, ofOrder = true): void =>
    world.streams.publish(apiKey, {
      exchange: 'bybit',
      topic: topic === 'wallet' ? topic : `${topic} ${order.market}`,
      event: about,
      ...(ofOrder ? { clientOrderId } : {}),
      body: row,
    });
  const step: StreamEvent = event.type === 'triggered' ? 'accepted' : event.type;
  if (event.type === 'filled') tell('execution', step, executionRow(event));
  tell('order', step, orderRow(order));
  const target = { exchange: 'bybit', apiKey, path: '/v5/private', method: 'GET', clientOrderId } as const;
  if (order.status === 'filled' && world.faults.take(['stream-filled-twice'], target) !== undefined)
    tell('order', step, lostCancelRow(order));
  const position = order.market === 'linear' ? positionRow(order, account, parts) : undefined;
  if (position !== undefined) tell('position', 'position', position, false);
  tell('wallet', 'balance', walletRowOf(order, account, parts), false);
};

/** Tells the streams of what happens to Bybit's orders. */
export const publishBybitOrders = (parts: BybitParts): void => {
  parts.world.book.onChange((before, after) => {
    if (after.exchange !== 'bybit' || !parts.world.streams.hears(after.apiKey)) return;
    for (const event of orderEvents(before, after)) publishOrder(parts, event);
  });
};
