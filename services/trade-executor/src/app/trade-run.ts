import type { HeldLease } from '@latchkey/event-store';
import { sha256Hex, type Clock } from '@latchkey/kernel';
import type { SignPurpose } from '@latchkey/contracts';
import type { TradeRequest } from '../domain/trade/events.js';
import type { Market, Markets } from './ports/exchange.js';
import type { AgePolicy } from '../domain/trade/policy.js';
import type { Holdings } from './ports/holdings.js';
import type { OrderStreams } from './ports/order-streams.js';
import type { LoadedTrade, Trades } from './ports/trades.js';
import type { SignRequest, Vault } from './ports/vault.js';
import type { Permits } from './ports/permits.js';
import type { Log, Pause } from './ports/work.js';
import type { Balances } from './balances.js';
import type { PositionModes } from './position-modes.js';
import type { Turns } from './turns.js';
import type { VaultGate } from './vault-gate.js';

/** What every step of a trade may ask for. */
export type TradeDeps = {
  readonly trades: Trades;
  readonly exchanges: Markets;
  readonly vault: Vault;
  readonly gate: VaultGate;
  readonly positionModes: PositionModes;
  readonly balances: Balances;
  readonly streams: OrderStreams;
  readonly holdings: Holdings;
  readonly turns: Turns;
  readonly ages: AgePolicy;
  readonly clock: Clock;
  readonly pause: Pause;
  readonly permits: Permits;
  readonly log: Log;
  /** False until this process knows whether its database is the newest there is: a restored one must not send what was sent before. */
  readonly mayTrade: () => boolean;
  /** When the database was last restored (our clock, ms); what was received before may have been sent without its knowledge. */
  readonly restoredAt: () => Promise<number | undefined>;
};

/** One trade in work: the step's own view of it, and the lease under which it may be written. */
export type TradeRun = {
  readonly of: LoadedTrade;
  readonly request: TradeRequest;
  readonly exchange: Market;
  readonly lease: HeldLease;
};

/** The string, bound to the attempt that it serves. */
export const signItem = (
  { request }: Pick<TradeRun, 'request'>,
  { purpose, payload, leg, attempt }: { purpose: SignPurpose; payload: string; leg: string; attempt: number },
): SignRequest => {
  const { userId, exchange, environment, marketType, tradeId, signalId, strategyId, actionIndex } = request;
  const trade = { tradeId, signalId, strategyId, actionIndex, leg, attempt };
  return { purpose, userId, exchange, environment, marketType, payload, trade };
};

/** What was to be sent, without saying it: two attempts with equal hashes would be the same bytes. */
export const paramsHashOf = (payload: string): string => sha256Hex(payload);
