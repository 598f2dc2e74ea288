import type {
  AccountSettings,
  Environment,
  ExchangeName,
  MarketType,
  TradingEnvironment,
  VerificationResult,
} from '@latchkey/contracts';
import type { Decimal } from '@latchkey/kernel';
import type { MarketRules } from '../../domain/sizing/market-rules.js';
import type { Balance } from '../../domain/sizing/size-request.js';
import type { AttemptOutcome, LeverageOutcome, LookupFailure } from '../../domain/settlement/outcome.js';
import type { ListedOrder } from '../../domain/reconciliation/compare-orders.js';
import type { OrderDraft, OrderSnapshot } from '../../domain/trade/commands.js';
import type { Fill } from '../../domain/trade/events.js';
import type { Urgency } from '../../domain/rate-limits/permit-queue.js';
import type { RateBudget } from '../../telemetry/rate-budget.js';
import type { Permit } from './permits.js';

/** What the vault gives for one string: the key travels with it, because the adapter keeps none. */
export type Signature = {
  readonly apiKey: string;
  readonly signature: string;
  /** Our clock when it arrived: a signature that is not used within 500 ms is dropped. */
  readonly signedAt: number;
};

/** Answers once the string is signed and may be sent; `undefined`: it must not be sent, and whoever answered so knows why. */
export type Authorize = (payload: string) => Promise<Signature | undefined>;

/** The facts of an answer as telemetry may keep them. */
export type SeenAnswer = {
  readonly answer?: { readonly http: number; readonly code?: number };
  /** How the wire failed, when no answer came. */
  readonly transport?: string;
  readonly budget?: RateBudget;
  /** From the arrival of its signature until its bytes left, or were held back for that. */
  readonly signatureWaitedMs?: number;
};

/** One signed request: its time by the venue's clock, who signs it, and until when its bytes may leave. */
export type SignedCall = {
  readonly timestamp: number;
  readonly recvWindow: number;
  readonly authorize: Authorize;
  /** The right to send it, where it was taken before: an order's. Every other request takes its own, and is stamped with the time of then. */
  readonly permit?: Permit;
  /** Whose limits it counts against. */
  readonly user?: string;
  /** What it is for; a read unless it says otherwise. */
  readonly urgency?: Urgency;
  /** The address it has to leave from; otherwise the user's own. */
  readonly address?: string;
  /** Not stamped anew when it had to wait: the same string goes out by several ways. */
  readonly keepsTimestamp?: true;
  /** Told what the venue answered, before anybody makes an outcome of it. */
  readonly seen?: (of: SeenAnswer) => void;
};

/** The venue's own clock as we know it; undefined: nothing is known, or it is too far from ours to trade on. */
export type VenueClock = {
  readonly now: () => number | undefined;
  /** Measures again at once, after the venue refused a timestamp. */
  readonly resync: () => void;
};

/** Orders as a venue lists them. `next`: there are more, from this id of the venue's on. */
export type OrderPage = { readonly orders: readonly ListedOrder[]; readonly next?: string };

/** What a venue answered about one order that was asked for by our own id. */
export type LookupAnswer = { readonly outcome: 'found'; readonly order: OrderSnapshot } | LookupFailure;

/** Requests about listenKeys, which open a private stream: by the API key alone, none of them signed. */
export type ListenKeys = {
  /** The live one, or a new one, good for an hour from now. @param address the one to ask from */
  readonly obtain: (apiKey: string, address?: string) => Promise<string>;
  /** False: there is none to renew. */
  readonly renew: (apiKey: string, address?: string) => Promise<boolean>;
};

/** What an account has, by asset; what is not named it has nothing of. */
export type AccountBalances = ReadonlyMap<string, Balance>;

/** One market of one venue and environment, for all users at once. */
export type Exchange = {
  readonly exchange: ExchangeName;
  readonly environment: Environment;
  readonly marketType: MarketType;
  /** True where an attempt that was proven absent may be followed by another: the window is checked again at the engine, or a used id is never taken twice. */
  readonly resendAfterAbsence: boolean;
  /** True where an attempt that was not found can never appear any more; elsewhere a trade that ends on it is `unproven`, and is watched. */
  readonly absenceIsProof: boolean;
  readonly clock: VenueClock;
  /** Milliseconds (our clock) until which the venue wants to be left alone; 0: now is fine. */
  readonly pausedUntil: () => number;
  /** `loading` while the venue has not told its markets yet. */
  readonly rules: (symbol: string) => MarketRules | 'loading' | undefined;
  /** A public price at most 1 s old, which leaves an order another second to be sent; undefined when the venue did not tell one in time. */
  readonly price: (symbol: string) => Promise<Decimal | undefined>;
  readonly submit: (
    order: OrderDraft,
    call: SignedCall,
  ) => Promise<{ readonly outcome: 'placed'; readonly order: OrderSnapshot } | AttemptOutcome>;
  readonly lookup: (of: { readonly symbol: string; readonly clientOrderId: string }, call: SignedCall) => Promise<LookupAnswer>;
  /** Executions of one order that are listed at most; undefined: all of them. */
  readonly mostFills?: number;
  /**
   * True when the order's executions have to be asked for; by default of every order that was executed at all. A venue whose look-ups say enough
   * of a closed order spares the limit that all users of our address share.
   */
  readonly needsFills?: (order: OrderSnapshot) => boolean;
  /** The executions of an order, as far as they are listed by now; undefined when they could not be had. */
  readonly fills: (
    of: { readonly symbol: string; readonly orderId: string },
    call: SignedCall,
  ) => Promise<readonly Fill[] | undefined>;
  /**
   * The account's orders on one symbol in one question, whoever placed them: those from the venue's id `since` on where it lists them so,
   * else the newest it tells. Undefined when they could not be had.
   */
  readonly recentOrders?: (
    of: { readonly symbol: string; readonly since?: string },
    call: SignedCall,
  ) => Promise<OrderPage | undefined>;
  /**
   * What the account holds: of contracts by symbol, long above zero and short below; on spot of assets, what orders hold of them included.
   * What is not named is not held. Undefined when it could not be had.
   */
  readonly holdings?: (instruments: readonly string[], call: SignedCall) => Promise<ReadonlyMap<string, Decimal> | undefined>;
  /** Only where a private stream is opened by one. */
  readonly listenKeys?: ListenKeys;
  /** What the account has free of an asset; undefined when it could not be had. A market without balances of its own has no such question. */
  readonly free?: (asset: string, call: SignedCall) => Promise<Decimal | undefined>;
  /** What the account has of an asset at this market, and perhaps of others; undefined when it could not be had. */
  readonly balances?: (asset: string, call: SignedCall) => Promise<AccountBalances | undefined>;
  /** True where one answer tells all of an account's balances. */
  readonly tellsAllBalances?: boolean;
  /** The highest leverage that a position of this value may have; undefined: the venue does not tell it here, or not now. */
  readonly maxLeverage?: (
    of: { readonly symbol: string; readonly notional: Decimal },
    call: SignedCall,
  ) => Promise<number | undefined>;
  /** Sets what the account's positions on one symbol are leveraged by; harmless when it is so already. Only on markets that have it. */
  readonly setLeverage?: (
    of: { readonly symbol: string; readonly leverage: number },
    call: SignedCall,
  ) => Promise<LeverageOutcome>;
  /** What the key may do, at all markets of the venue. */
  readonly verifyKey: (call: SignedCall) => Promise<VerificationResult>;
  /** What the account behind a key is like here, as far as the venue tells; a market that has no such settings has no such question. */
  readonly accountSettings?: (call: SignedCall) => Promise<AccountSettings>;
};

/** What trades ask of a market: one of a venue, or one on paper, where there are no keys to verify. */
export type Market = Omit<Exchange, 'environment' | 'verifyKey'> & { readonly environment: TradingEnvironment };

/** The market that a trade is for; undefined where none is served. */
export type Markets = (of: {
  readonly exchange: ExchangeName;
  readonly environment: TradingEnvironment;
  readonly marketType: MarketType;
}) => Market | undefined;

/** The venue for an account's market; undefined where none is served. */
export type Exchanges = (of: {
  readonly exchange: ExchangeName;
  readonly environment: Environment;
  readonly marketType: MarketType;
}) => Exchange | undefined;
