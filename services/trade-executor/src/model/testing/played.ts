import type { BookedOrder, VenuesInProcess } from '@latchkey/exchange-simulator';
import type { MemoryStore } from '../../testing/memory-store.js';
import type { Scene } from './scene.js';

/** An order as its bytes left a process. */
export type SentOrder = {
  /** True time of the venue's own clock when the bytes left. */
  readonly venueAtMs: number;
  readonly executor: string;
  readonly apiKey: string;
  readonly clientOrderId: string;
  readonly timestamp: number;
  readonly recvWindow: number;
};

/** What is left of a run, for whoever judges it. */
export type Played = {
  readonly scene: Scene;
  readonly store: MemoryStore;
  readonly venues: Readonly<Record<'binance' | 'bybit', VenuesInProcess>>;
  readonly book: readonly BookedOrder[];
  readonly sent: readonly SentOrder[];
  /** False: something was still open when the patience of the run was over. */
  readonly quiet: boolean;
  /** One line per thing that happened, in order. */
  readonly trace: readonly string[];
};
