import type { Environment, ExchangeName, MarketType, TradingEnvironment } from '@latchkey/contracts';
import type { Endpoint, HostName } from '../../domain/rate-limits/host-limits.js';
import type { Urgency } from '../../domain/rate-limits/permit-queue.js';
import type { RateBudget } from '../../telemetry/rate-budget.js';

/** What an answer said about limits: whom it asked to wait, and for how long. */
export type LimitedFor = { readonly whom: 'address' | 'account'; readonly ms: number };

/** What became of a request that a permit was for. */
export type Answered = {
  /** It was taken, and did what it was for. */
  readonly ok: boolean;
  readonly budget?: RateBudget;
  /** The venue's clock when it came. */
  readonly venueNow?: number;
  readonly limited?: LimitedFor;
};

/** The right to send one request by one address. It holds a place among the requests under way until it is ended. */
export type Permit = {
  /** The address it leaves from, by its public name. */
  readonly address: string;
  /** Asks, where that is not known freshly, whether the venue wants to be left alone; false: it must not be sent. */
  readonly confirm: () => Promise<boolean>;
  /**
   * The last word before the socket. Also false where it is not known freshly what other executors were told, even though `confirm` was asked
   * before: then it is asked again.
   */
  readonly mayLeave: () => boolean;
  /** The bytes leave: it is used. */
  readonly left: () => void;
  readonly answered: (answer: Answered) => void;
  /** Frees its place; a permit that was not used is given back. Harmless when it was ended before. */
  readonly end: () => void;
};

/** Nothing will go in time. `waitMs`: how long it would have taken, as far as that can be told; `busy`: this process, and no limit, was in its way. */
export type NoPermit = { readonly permit?: never; readonly waitMs: number; readonly busy?: boolean };

export type Requested = {
  readonly host: HostName;
  readonly environment: Environment;
  readonly endpoint: Endpoint;
  readonly urgency: Urgency;
  /** Whose budget and turn it is; none: everybody's. */
  readonly user?: string;
  /** Our clock: what cannot go by then is told so at once. */
  readonly deadline: number;
  /** The address it has to leave from; otherwise the user's own. */
  readonly address?: string;
};

/** The right to send an order. */
export type OrderRequested<Where = TradingEnvironment> = {
  readonly exchange: ExchangeName;
  readonly environment: Where;
  readonly marketType: MarketType;
  readonly user: string;
  readonly purpose: 'open' | 'close';
  readonly deadline: number;
};

/** Keeps the venues' limits before they have to say so. */
export type Permits<Where = TradingEnvironment> = {
  readonly take: (request: Requested) => Promise<{ readonly permit: Permit } | NoPermit>;
  readonly forOrder: (request: OrderRequested<Where>) => Promise<{ readonly permit: Permit } | NoPermit>;
};
