import {
  environment as environments,
  type MarketType,
  type RpcReply,
  type RpcRequest,
  type VerificationResult,
} from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { recvWindowMs } from '../domain/trade/policy.js';
import { askAboutKey } from './ask-about-key.js';
import { ExecutorError } from './executor-error.js';
import type { Authorize, Exchanges } from './ports/exchange.js';
import type { Signed, KeyVault } from './ports/vault.js';
import { servedMarkets } from './served-markets.js';

type Deps = {
  readonly exchanges: Exchanges;
  readonly vault: KeyVault;
  readonly clock: Clock;
  readonly addresses: readonly string[];
};

/** The venue wants to be left alone, for reasons that have nothing to do with this key. */
const leftAlone: VerificationResult = {
  outcome: 'unavailable',
  code: 'venue.rate_limited',
  message: 'The exchange wants no requests from us now. Nothing is known about the key; try again.',
};

/**
 * Asks the venue what a key may do, with signatures for this verification alone, and brings the answer to the vault, which decides what
 * follows from it.
 *
 * @throws {ExecutorError} `venue.not_supported`, `venue.clock_unknown`, `verification.unsigned`
 * @throws {RpcError} what the vault says, e.g. `vault.verification_not_open`
 */
export const verifyCredential = ({ exchanges, vault, clock, addresses }: Deps) => {
  const ask = askAboutKey({ exchanges, clock, addresses });
  return async (
    request: RpcRequest<'cmd.trade-executor.verify-credential'>,
  ): Promise<RpcReply<'cmd.trade-executor.verify-credential'>> => {
    const { verificationId, userId, exchange: name, environment, context } = request;
    const account = { userId, exchange: name, environment };
    const exchange = exchanges({ ...account, marketType: 'spot' });
    if (!exchange)
      throw new ExecutorError(
        'venue.not_supported',
        `${name} ${environment} is not served by this installation; save a key of one of: ${servedMarkets(exchanges, environments.options)}`,
      );
    if (exchange.pausedUntil() > 0) return vault.completeVerification({ verificationId, result: leftAlone, context });
    const timestamp = exchange.clock.now();
    if (timestamp === undefined) {
      throw new ExecutorError(
        'venue.clock_unknown',
        'the exchange cannot be asked now: its clock is unknown or disagrees with ours; try again in a minute',
      );
    }
    const asked: { unsigned?: Exclude<Signed, { outcome: 'signed' }>; signed: boolean } = { signed: false };
    const authorize =
      (marketType: MarketType): Authorize =>
      async (payload) => {
        const signed = await vault.sign({ purpose: 'verify', ...account, marketType, payload, verificationId });
        if (signed.outcome === 'signed') {
          asked.signed = true;
          return signed;
        }
        asked.unsigned = signed;
        return undefined;
      };
    const call = { timestamp, recvWindow: recvWindowMs, authorize: authorize('spot') };
    const result = await ask(exchange, call, { ...account, authorize });
    if (asked.unsigned && !asked.signed) {
      const { code, message } = asked.unsigned;
      throw new ExecutorError('verification.unsigned', `the key could not be checked: ${message}`, { code });
    }
    return vault.completeVerification({ verificationId, result, context });
  };
};
