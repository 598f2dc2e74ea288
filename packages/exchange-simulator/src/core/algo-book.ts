import { isAlgoOpen, isWaiting, type AlgoOrder } from './algo-order.js';
import type { ApiKey } from './names.js';

export type AlgoListener = (before: AlgoOrder | undefined, after: AlgoOrder) => void;

/** Every conditional order that a venue ever took apart from its order book, oldest first. */
export type AlgoBook = {
  readonly put: (order: AlgoOrder) => void;
  readonly all: () => readonly AlgoOrder[];
  readonly ofAccount: (apiKey: ApiKey) => readonly AlgoOrder[];
  /** Those that wait for their price. */
  readonly waiting: () => readonly AlgoOrder[];
  readonly byId: (apiKey: ApiKey, algoId: number) => AlgoOrder | undefined;
  /** The open one, else the newest. */
  readonly byClientId: (apiKey: ApiKey, clientAlgoId: string) => AlgoOrder | undefined;
  readonly onChange: (listener: AlgoListener) => void;
};

export const createAlgoBook = (): AlgoBook => {
  const orders = new Map<number, AlgoOrder>();
  const waiting = new Map<number, AlgoOrder>();
  const listeners: AlgoListener[] = [];
  const ofAccount = (apiKey: ApiKey): readonly AlgoOrder[] => [...orders.values()].filter((order) => order.apiKey === apiKey);
  return {
    put: (order) => {
      const before = orders.get(order.algoId);
      orders.set(order.algoId, order);
      if (isWaiting(order)) waiting.set(order.algoId, order);
      else waiting.delete(order.algoId);
      for (const listener of listeners) listener(before, order);
    },
    all: () => [...orders.values()],
    ofAccount,
    waiting: () => [...waiting.values()],
    byId: (apiKey, algoId) => {
      const order = orders.get(algoId);
      return order?.apiKey === apiKey ? order : undefined;
    },
    byClientId: (apiKey, clientAlgoId) => {
      const named = ofAccount(apiKey).filter((order) => order.clientAlgoId === clientAlgoId);
      return named.find(isAlgoOpen) ?? named.at(-1);
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
};
