import type { OrderId } from './names.js';
import type { SeededRandom } from './seeded-random.js';

/** Numbers and names that the venue hands out. Refused orders use up an order number too, as a real venue's may. */
export type VenueIds = {
  readonly nextOrderId: () => OrderId;
  readonly nextTradeId: () => number;
  /** The client order id of a request that brought none; 22 letters and digits. */
  readonly newClientOrderId: () => string;
  readonly nextAlgoId: () => number;
  readonly nextUid: () => number;
  /** Of a stream: 64 letters and digits. */
  readonly newListenKey: () => string;
  /** Counts events and connections. */
  readonly nextSequence: () => number;
};

export const createVenueIds = (random: SeededRandom): VenueIds => {
  let orderId = 1_000_000_000 + random.below(100_000_000);
  let tradeId = 100_000_000 + random.below(10_000_000);
  let algoId = orderId * 2;
  let sequence = 0;
  let uid = 10_000_000 + random.below(1_000_000);
  return {
    nextOrderId: () => (orderId += 1) as OrderId,
    nextTradeId: () => (tradeId += 1),
    newClientOrderId: () => random.alphanumeric(22),
    nextAlgoId: () => (algoId += 1),
    nextUid: () => (uid += 1),
    newListenKey: () => random.alphanumeric(64),
    nextSequence: () => (sequence += 1),
  };
};
