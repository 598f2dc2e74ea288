import { passing, type Moment } from '@latchkey/tracing';
import type { Exchange, Exchanges, SignedCall } from '../app/ports/exchange.js';
import type { Trades } from '../app/ports/trades.js';
import type { KeyVault } from '../app/ports/vault.js';
import type { TradeCommand } from '../domain/trade/commands.js';

const before: Readonly<Partial<Record<TradeCommand['type'], Moment>>> = {
  Submit: 'attempt-decided',
  RecordAbsence: 'absence-counted',
};
/** Submitting is an intent; every other fact about an attempt is an outcome, or none. */
const afterwards = (type: TradeCommand['type']): Moment => (type === 'Submit' ? 'attempt-committed' : 'outcome-recorded');

const trades = (watched: Trades): Trades => ({
  ...watched,
  apply: async (of, command, lease) => {
    const moment = before[command.type];
    if (moment) passing(moment);
    const applied = await watched.apply(of, command, lease);
    if (applied.events.length > 0) passing(afterwards(command.type));
    return applied;
  },
});

const vault = (watched: KeyVault): KeyVault => ({
  ...watched,
  sign: async (item) => {
    const signed = await watched.sign(item);
    if (item.purpose !== 'read') passing('signature-received');
    return signed;
  },
});

const lookUp = (call: SignedCall): SignedCall => ({
  ...call,
  authorize: async (payload) => {
    const signature = await call.authorize(payload);
    passing('look-up-leaving');
    return signature;
  },
});

const exchange = (watched: Exchange): Exchange => ({
  ...watched,
  submit: async (order, call) => {
    const answer = await watched.submit(order, call);
    passing('answer-received');
    return answer;
  },
  lookup: (of, call) => watched.lookup(of, lookUp(call)),
});

const exchanges = (watched: Exchanges): Exchanges => {
  const known = new WeakMap<Exchange, Exchange>();
  return (of) => {
    const found = watched(of);
    if (!found) return undefined;
    const same = known.get(found) ?? exchange(found);
    known.set(found, same);
    return same;
  };
};

const fanOut =
  <Of extends readonly unknown[]>(handler: (...of: Of) => Promise<void>) =>
  async (...of: Of): Promise<void> => {
    passing('signal-received');
    await handler(...of);
    passing('fan-out-recorded');
  };

/** The same parts, which say which moments they pass. */
export const momentsOf = { trades, vault, exchanges, fanOut };
