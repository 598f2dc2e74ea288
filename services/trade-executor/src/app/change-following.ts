import { tradingEnvironment, type RpcReply, type RpcRequest } from '@latchkey/contracts';
import { InvariantError, isPositive } from '@latchkey/kernel';
import { isSupportedSizing, isTooMuch, mostPercent, supportedSizingModes } from '../domain/sizing/sizing-modes.js';
import { ExecutorError } from './executor-error.js';
import type { Markets } from './ports/exchange.js';
import type { Followings } from './ports/followings.js';
import { servedMarkets } from './served-markets.js';

type Deps = { readonly followings: Pick<Followings, 'handle'>; readonly exchanges: Markets };
type SetRequest = RpcRequest<'cmd.trade-executor.set-following'>;

const notSupported = (field: string, message: string) => new ExecutorError('following.not_supported', message, { field });

/** What is not carried out is refused, never stored and ignored. */
const assertSupported = (
  { exchange, environment, marketType, sizing, leverage, limits }: SetRequest,
  exchanges: Markets,
): void => {
  if (!exchanges({ exchange, environment, marketType })) {
    const field = exchanges({ exchange, environment, marketType: 'spot' }) ? 'marketType' : 'exchange';
    throw notSupported(
      field,
      `${exchange} ${environment} ${marketType} is not served; follow with one of: ${servedMarkets(exchanges, tradingEnvironment.options)}`,
    );
  }
  if (marketType === 'spot' && (leverage !== undefined || limits?.maxLeverage !== undefined)) {
    const field = leverage === undefined ? 'limits.maxLeverage' : 'leverage';
    throw notSupported(field, 'spot is traded with the account’s own money; leave the leverage out, or follow on "linear"');
  }
  if (!isSupportedSizing(sizing.mode)) {
    throw notSupported(
      'sizing.mode',
      `sizing "${sizing.mode}" is not supported yet; use one of: ${supportedSizingModes.join(', ')}`,
    );
  }
  const { mode, value } = sizing;
  if (mode === 'alert' && value !== undefined)
    throw notSupported('sizing.value', 'sizing "alert" takes the quantity of the alert; leave the value out');
  if (mode !== 'alert' && (value === undefined || !isPositive(value))) {
    throw new ExecutorError('following.size_invalid', `sizing "${mode}" needs a value above zero, as text like "100"`, {
      field: 'sizing.value',
    });
  }
  if (value !== undefined && isTooMuch(value, mode, marketType)) {
    const most = mostPercent(mode, marketType);
    throw new ExecutorError('following.size_invalid', `sizing "${mode}" takes at most ${most} % on ${marketType} markets`, {
      field: 'sizing.value',
    });
  }
};

/**
 * Sets how a user follows a strategy; it holds for signals received after the answer.
 *
 * @throws {ExecutorError} `following.not_supported`, `following.size_invalid`, `following.account_shared`
 */
export const setFollowing =
  ({ followings, exchanges }: Deps) =>
  async (request: SetRequest): Promise<RpcReply<'cmd.trade-executor.set-following'>> => {
    assertSupported(request, exchanges);
    const { context, ...setting } = request;
    const { following } = await followings.handle(setting, { type: 'SetFollowing', data: setting }, context);
    if (!following) throw new InvariantError('a following that was set is not in force');
    return { following };
  };

export const removeFollowing =
  ({ followings }: Pick<Deps, 'followings'>) =>
  async ({
    context,
    ...key
  }: RpcRequest<'cmd.trade-executor.remove-following'>): Promise<RpcReply<'cmd.trade-executor.remove-following'>> => {
    const { changed } = await followings.handle(key, { type: 'RemoveFollowing', data: key }, context);
    return { removed: changed };
  };
