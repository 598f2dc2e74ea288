import { compare } from '@latchkey/kernel';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import type { Trade } from '../domain/trade/state.js';
import { asOpen, knownWith } from './known-fills.js';
import type { OrderFollowing, OrderStreams, StreamFact } from './ports/order-streams.js';
import type { Pause } from './ports/work.js';
import type { TradeRun } from './trade-run.js';

/** Market orders end within the first looks; what stands after them is worth a stream. */
const looksBeforeStream = 3;

/**
 * A frame as the record takes it. Fills are facts whenever they come. An end is taken from a frame only when all that was filled by then is
 * known by its fills: otherwise a frame is missing or late, and the venue is asked.
 */
export const recordable = (
  trade: Trade,
  { order, filled }: StreamFact,
): { readonly order: OrderSnapshot; readonly look: boolean } => {
  const isWhole = compare(knownWith(trade, order), filled) === 0;
  if (order.status === 'open' || isWhole) return { order, look: false };
  return { order: asOpen(order), look: true };
};

/** Waits for the next look at an order, or for what its account's stream tells before that. */
export const createWaiting = ({ request }: TradeRun, streams: OrderStreams, pause: Pause) => {
  let following: OrderFollowing | undefined;
  let isAsked = false;
  return {
    /** @returns a fact; undefined: it is time to look */
    wait: async (ms: number, rounds: number): Promise<StreamFact | undefined> => {
      if (!isAsked && rounds >= looksBeforeStream) {
        isAsked = true;
        following = streams.follow(request);
      }
      if (!following) {
        if (ms > 0) await pause(ms);
        return undefined;
      }
      await Promise.race([pause(ms), following.arrived()]);
      const told = following.take();
      return told === 'look' ? undefined : told;
    },
    end: (): void => following?.close(),
  };
};
