import type { Account, Environment, ExchangeName, KeyRefusal, MarketType, VerificationResult } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { recvWindowMs } from '../domain/trade/policy.js';
import { refusedKey } from '../domain/verification/refused-key.js';
import { askByEachWay } from './ask-by-each-way.js';
import type { Authorize, Exchange, Exchanges, SignedCall } from './ports/exchange.js';

type Deps = {
  readonly exchanges: Exchanges;
  readonly clock: Clock;
  /** The ways out of this process. */
  readonly addresses: readonly string[];
};

/** Whose key is asked about, and who signs a string for a market of its account. */
export type KeyToAsk = Account & { readonly authorize: (marketType: MarketType) => Authorize };

/** A caller waits 20 s at most: what is only worth knowing is not asked for after this long. */
const extrasWithinMs = 5_000;

/** Refusals that a key of the other environment gets, as others do. */
const mayBeElsewhere: ReadonlySet<string> = new Set<KeyRefusal>(['venue.key_unknown', 'venue.key_refused']);
const otherThan: Readonly<Record<Environment, Environment>> = { live: 'testnet', testnet: 'live' };

const callTo = (exchange: Exchange, authorize: Authorize): SignedCall | undefined => {
  const timestamp = exchange.clock.now();
  return timestamp === undefined || exchange.pausedUntil() > 0 ? undefined : { timestamp, recvWindow: recvWindowMs, authorize };
};

/**
 * Everything that a venue tells of a key: what it may do, what its account is like, and, when it is refused without a reason, whether it is a
 * key of the other environment. At most four strings: one, two more (Binance: one) for the account behind a key that trades futures, or one
 * more for the other environment.
 *
 * The first question goes by each way out to the venue, with one string.
 */
export const askAboutKey =
  ({ exchanges, clock, addresses }: Deps) =>
  async (exchange: Exchange, call: SignedCall, { authorize, ...account }: KeyToAsk): Promise<VerificationResult> => {
    const startedAt = clock.now();
    const inTime = (): boolean => clock.now() - startedAt <= extrasWithinMs;

    const withAccount = async (result: Extract<VerificationResult, { outcome: 'reported' }>): Promise<VerificationResult> => {
      const futures = exchanges({ ...account, marketType: 'linear' });
      const asking = futures && callTo(futures, authorize('linear'));
      if (!futures?.accountSettings || !asking || result.markets?.linear.canTrade !== true || !inTime()) return result;
      return { ...result, account: { ...result.account, ...(await futures.accountSettings(asking)) } };
    };

    const orElsewhere = async (
      result: Extract<VerificationResult, { outcome: 'refused' }>,
      name: ExchangeName,
    ): Promise<VerificationResult> => {
      if (!mayBeElsewhere.has(result.code) || !inTime()) return result;
      const elsewhere = exchanges({ exchange: name, environment: otherThan[account.environment], marketType: 'spot' });
      const asking = elsewhere && callTo(elsewhere, authorize('spot'));
      if (!asking) return result;
      const { outcome } = await elsewhere.verifyKey(asking);
      return outcome === 'reported' ? refusedKey('venue.key_other_environment', '') : result;
    };

    const result = await askByEachWay(exchange, call, addresses);
    if (result.outcome === 'reported') return withAccount(result);
    return result.outcome === 'refused' ? orElsewhere(result, account.exchange) : result;
  };
