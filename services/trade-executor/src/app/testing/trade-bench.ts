import { noStreams } from '../ports/order-streams.js';
import { decimal, InvariantError, zero } from '@latchkey/kernel';
import { manualClock } from '@latchkey/testkit';
import type { MarketRules } from '../../domain/sizing/market-rules.js';
import type { LeverageOutcome } from '../../domain/settlement/outcome.js';
import type { OrderDraft } from '../../domain/trade/commands.js';
import { tradeDecider } from '../../domain/trade/decide.js';
import type { Fill, TradeEvent, TradeRequest } from '../../domain/trade/events.js';
import { defaultAges, type AgePolicy } from '../../domain/trade/policy.js';
import type { Trade } from '../../domain/trade/state.js';
import { receivedAtMs, request, requested, tradeId } from '../../domain/trade/testing/trade-facts.js';
import type { Exchange, LookupAnswer, SignedCall } from '../ports/exchange.js';
import type { Holding } from '../ports/holdings.js';
import type { LoadedTrade, Trades } from '../ports/trades.js';
import { createBalances } from '../balances.js';
import type { Signed, SignRequest, VaultState } from '../ports/vault.js';
import { createPositionModes } from '../position-modes.js';
import { freePermits } from '../rate-limits/testing/free-permits.js';
import { runTrade } from '../run-trade.js';
import type { TradeDeps } from '../trade-run.js';
import { createTurns } from '../turns.js';
import { btcRules as rules } from '../../domain/sizing/testing/btc-rules.js';
import { createVaultGate } from '../vault-gate.js';

export type Answer = Awaited<ReturnType<Exchange['submit']>>;
type Outcome = Awaited<ReturnType<Exchange['lookup']>>;

export type Refusing = (item: SignRequest, seconds: number) => Exclude<Signed, { outcome: 'signed' }> | undefined;

export type Scene = {
  /** What the venue answers to the nth attempt, so many seconds after the signal. */
  readonly answer: (order: OrderDraft, seconds: number) => Answer;
  readonly lookup?: (look: number, seconds: number) => Outcome;
  /** Whether this process serves the market now; it always does by default. */
  readonly served?: (seconds: number) => boolean;
  /** What the venue lists as the order's executions, or answers to the nth question for them; undefined: they could not be had. */
  readonly fills?: readonly Fill[] | ((look: number) => readonly Fill[] | undefined);
  /** The most executions of one order that the venue lists. */
  readonly mostFills?: number;
  readonly request?: Partial<TradeRequest>;
  readonly rules?: Partial<MarketRules>;
  readonly price?: (seconds: number) => string | undefined;
  readonly resendAfterAbsence?: boolean;
  readonly absenceIsProof?: boolean;
  readonly positionModes?: TradeDeps['positionModes'];
  /** What the following owns, and its other trades; nothing by default. */
  readonly holding?: (seconds: number) => Holding;
  /** The exit of the same signal, as the record has it so many seconds after the signal. */
  readonly exit?: (seconds: number) => Trade;
  /** What the account has free of the base asset. */
  readonly free?: (seconds: number) => string | undefined;
  /** What the account has, by asset: in all, and free; undefined: the venue does not tell. */
  readonly balances?: (seconds: number) => Readonly<Record<string, readonly [total: string, free: string]>> | undefined;
  /** What the venue says when a leverage is set, and the highest that it lends. */
  readonly setLeverage?: (leverage: number, seconds: number) => LeverageOutcome;
  readonly maxLeverage?: number | ((notional: string) => number);
  readonly ages?: AgePolicy;
  /** When the database was restored, so many seconds after the signal; never by default. */
  readonly restoredAt?: (seconds: number) => number | undefined;
  /** What the vault says to a string, so many seconds after the signal; it signs everything by default. */
  readonly refusal?: Refusing;
  /** What the vault says of itself; it signs by default. */
  readonly vaultState?: (seconds: number) => VaultState;
};

const absent: LookupAnswer = { outcome: 'absent', reason: 'venue.order_not_found', message: 'Not found.' };

const nothingOwned: Holding = { owned: zero, lastSequence: undefined, laterActionSent: false, others: [] };

/** More than a day of look-ups, every 30 s. */
const mostLooks = 5_000;

/** One requested trade, a venue that answers by script, and a clock that only pauses move. */
export const playTrade = async (scene: Scene) => {
  const clock = manualClock(receivedAtMs);
  const seconds = () => (clock.now() - receivedAtMs) / 1_000;
  const first: TradeEvent = { ...requested, data: { ...request, ...scene.request } } as TradeEvent;
  const events: TradeEvent[] = [];
  let now = {
    tradeId,
    trade: tradeDecider.evolve(tradeDecider.initial, first),
    version: 1,
    last: { metadata: {} },
  } as unknown as LoadedTrade;
  const apply: Trades['apply'] = async (of, command) => {
    const decided = tradeDecider.decide(command, of.trade);
    events.push(...decided);
    now = { ...of, trade: decided.reduce(tradeDecider.evolve, of.trade), version: of.version + decided.length };
    return { after: now, events: decided };
  };
  const sent: { readonly at: number; readonly order: OrderDraft }[] = [];
  const lookedAt: number[] = [];
  let fillLooks = 0;
  let balanceReads = 0;
  const leverages: number[] = [];
  const exchange = {
    resendAfterAbsence: scene.resendAfterAbsence ?? true,
    absenceIsProof: scene.absenceIsProof ?? scene.resendAfterAbsence ?? true,
    clock: { now: () => clock.now(), resync: () => undefined },
    pausedUntil: () => 0,
    ...(scene.mostFills !== undefined && { mostFills: scene.mostFills }),
    rules: () => ({ ...rules, ...scene.rules }),
    price: async () => {
      const price = scene.price?.(seconds());
      return price === undefined ? undefined : decimal(price);
    },
    submit: async (order: OrderDraft, { authorize }: SignedCall) => {
      if (!(await authorize('payload'))) return { outcome: 'not_sent', reason: 'order.withheld', message: 'Nothing was sent.' };
      sent.push({ at: seconds(), order });
      return scene.answer(order, seconds());
    },
    lookup: async (_of: unknown, { authorize }: SignedCall) => {
      await authorize('look-up');
      lookedAt.push(seconds());
      if (lookedAt.length > mostLooks) throw new InvariantError('the order is looked for without an end');
      return scene.lookup?.(lookedAt.length, seconds()) ?? absent;
    },
    fills: async () => {
      fillLooks += 1;
      return typeof scene.fills === 'function' ? scene.fills(fillLooks) : (scene.fills ?? []);
    },
    free: async (_asset: string, { authorize }: SignedCall) => {
      const free = (await authorize('balances')) && scene.free?.(seconds());
      return free === undefined ? undefined : decimal(free);
    },
    maxLeverage: async ({ notional }: { readonly notional: string }) =>
      typeof scene.maxLeverage === 'function' ? scene.maxLeverage(notional) : scene.maxLeverage,
    setLeverage: async ({ leverage }: { leverage: number }, { authorize }: SignedCall): Promise<LeverageOutcome> => {
      leverages.push(leverage);
      const signature = await authorize('leverage');
      const unsigned = { outcome: 'unavailable', reason: 'venue.leverage_unknown', message: 'Nothing was sent.' } as const;
      return signature ? (scene.setLeverage?.(leverage, seconds()) ?? { outcome: 'set' }) : unsigned;
    },
    tellsAllBalances: true,
    balances: async (_asset: string, { authorize }: SignedCall) => {
      balanceReads += 1;
      const told = (await authorize('account')) && scene.balances?.(seconds());
      return (
        told &&
        new Map(Object.entries(told).map(([asset, [total, free]]) => [asset, { total: decimal(total), free: decimal(free) }]))
      );
    },
  } as unknown as Exchange;
  const signed = { outcome: 'signed', apiKey: 'key', signature: 'signature', signedAt: receivedAtMs } as const;
  const vault: TradeDeps['vault'] = {
    sign: async (item) => scene.refusal?.(item, seconds()) ?? signed,
    state: async () => 'signing',
    completeVerification: () => Promise.reject(new TypeError()),
  };
  const deps: TradeDeps = {
    trades: {
      load: async (id) => (id === tradeId || !scene.exit ? now : { ...now, tradeId: id, trade: scene.exit(seconds()) }),
      apply,
    },
    exchanges: () => (scene.served?.(seconds()) === false ? undefined : exchange),
    vault,
    balances: createBalances({ vault, clock }),
    gate: createVaultGate({ clock, stateOf: async () => scene.vaultState?.(seconds()) ?? 'signing' }),
    positionModes: scene.positionModes ?? createPositionModes(),
    streams: noStreams,
    holdings: { of: async () => scene.holding?.(seconds()) ?? nothingOwned },
    turns: createTurns(),
    ages: scene.ages ?? defaultAges,
    clock,
    pause: async (ms) => clock.advance(ms),
    permits: freePermits,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    mayTrade: () => true,
    restoredAt: async () => scene.restoredAt?.(seconds()),
  };
  await runTrade(deps)(tradeId, { name: 'partition-p00', epoch: 1 });
  return {
    trade: now.trade,
    events,
    types: events.map(({ type }) => type),
    sent,
    lookedAt,
    balanceReads,
    leverages,
    endedAt: seconds(),
  };
};
