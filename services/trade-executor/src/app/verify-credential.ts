import type { RpcReply, RpcRequest } from '@latchkey/contracts';
import { recvWindowMs } from '../domain/trade/policy.js';
import { ExecutorError } from './executor-error.js';
import type { Exchanges } from './ports/exchange.js';
import type { Signed, Vault } from './ports/vault.js';
import { servedMarkets } from './served-markets.js';

type Deps = { readonly exchanges: Exchanges; readonly vault: Vault };

/**
 * Asks the venue what a key may do, with signatures for this verification alone, and brings the answer to the vault, which decides what
 * follows from it.
 *
 * @throws {ExecutorError} `venue.not_supported`, `venue.clock_unknown`
 * @throws {RpcError} what the vault says, e.g. `vault.verification_not_open`
 */
export const verifyCredential =
  ({ exchanges, vault }: Deps) =>
  async (
    request: RpcRequest<'cmd.trade-executor.verify-credential'>,
  ): Promise<RpcReply<'cmd.trade-executor.verify-credential'>> => {
    const { verificationId, userId, exchange: name, environment, context } = request;
    const exchange = exchanges({ exchange: name, environment, marketType: 'spot' });
    if (!exchange)
      throw new ExecutorError(
        'venue.not_supported',
        `${name} ${environment} is not served by this installation; save a key of one of: ${servedMarkets(exchanges)}`,
      );
    const timestamp = exchange.clock.now();
    if (timestamp === undefined) {
      throw new ExecutorError(
        'venue.clock_unknown',
        'the exchange cannot be asked now: its clock is unknown or disagrees with ours; try again in a minute',
      );
    }
    const asked: { unsigned?: Exclude<Signed, { outcome: 'signed' }> } = {};
    const authorize = async (payload: string) => {
      const signed = await vault.sign({
        purpose: 'verify',
        userId,
        exchange: name,
        environment,
        marketType: 'spot',
        payload,
        verificationId,
      });
      if (signed.outcome === 'signed') return signed;
      asked.unsigned = signed;
      return undefined;
    };
    const result = await exchange.verifyKey({ timestamp, recvWindow: recvWindowMs, authorize });
    if (asked.unsigned) {
      const { code, message } = asked.unsigned;
      throw new ExecutorError('verification.unsigned', `the key could not be checked: ${message}`, { code });
    }
    return vault.completeVerification({ verificationId, result, context });
  };
