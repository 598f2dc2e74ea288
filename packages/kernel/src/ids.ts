import { randomUUIDv7 } from 'node:crypto';
import { v5 } from 'uuid';
import { InvariantError } from './app-error.js';
import type { Brand } from './brand.js';

/** A random, time-ordered id (UUIDv7, RFC 9562). */
export type EventId = Brand<string, 'EventId'>;
/** The opaque subject of a user's token (`sub`); never an e-mail address or a name. */
export type UserId = Brand<string, 'UserId'>;
export type StrategyId = Brand<string, 'StrategyId'>;
export type SignalId = Brand<string, 'SignalId'>;
export type TradeId = Brand<string, 'TradeId'>;
export type CredentialId = Brand<string, 'CredentialId'>;
/** What a venue knows an order by: 35 characters of `[0-9a-z-]`, the same for every attempt. */
export type ClientOrderId = Brand<string, 'ClientOrderId'>;
/** One part of a trade: `en` entry or exit; two characters. */
export type Leg = Brand<string, 'Leg'>;

/** A new time-ordered id. */
export const newId = <Id extends Brand<string, string> = EventId>(): Id => randomUUIDv7() as string as Id;

// Ours, made once with `randomUUID()`: names in it are Latchkey's trades.
const tradeNamespace = '5f0d8c1e-52c3-4a0c-8f0e-1d5a3b7c9e21';

/** The leg of a plain order. */
export const entryLeg = 'e0' as Leg;

/**
 * The id that every process computes alike for one follower's trade, so that a second fan-out finds the first.
 *
 * @param actionIndex which action of the alert, from 0
 */
export const tradeIdOf = (of: {
  signalId: SignalId;
  actionIndex: number;
  userId: UserId;
  exchange: string;
  environment: string;
}): TradeId =>
  v5(JSON.stringify([of.signalId, of.actionIndex, of.userId, of.exchange, of.environment]), tradeNamespace) as TradeId;

// Made the same way: names in it are requests of sessions.
const requestNamespace = '0c9f1d77-6f0a-4f64-9c52-7b1f1a3d5e08';

/**
 * The id of one request in a session, the same wherever it is computed: it is recorded once.
 *
 * @param counter of the request's frame
 */
export const requestIdOf = (sid: string, counter: number): string => v5(JSON.stringify([sid, counter]), requestNamespace);

/** The trade id's 32 hex digits, `-`, the leg: fits every venue's rule (`[A-Za-z0-9_-]`, at most 36 characters). */
export const clientOrderIdOf = (tradeId: TradeId, leg: Leg): ClientOrderId => {
  if (!/^[a-z0-9]{2}$/.test(leg)) throw new InvariantError(`leg "${leg}" must be two characters of a–z or 0–9`);
  return `${tradeId.replaceAll('-', '')}-${leg}` as ClientOrderId;
};
