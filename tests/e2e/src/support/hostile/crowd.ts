import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCredentials } from '@latchkey/key-vault/testing';
import { fillFollowings } from '@latchkey/trade-executor/testing';
import { markets, type Market } from '../markets.js';
import { control, type Strategy } from '../people.js';
import type { Stack } from '../stack.js';

type Follower = { readonly userId: string; readonly market: Market; readonly apiKey: string; readonly apiSecret: string };

/** Letters that follow from a text; each venue's keys have their own length. */
const lettersOf = (text: string, length: number): string => createHash('sha512').update(text).digest('hex').slice(0, length);

const followerOf = (seed: number, i: number): Follower => {
  const market = markets[i % markets.length] as Market;
  const [keyLength, secretLength] = market.exchange === 'binance' ? [64, 64] : [18, 36];
  return {
    userId: `hostile-${seed}-${i}`,
    market,
    apiKey: lettersOf(`key ${seed} ${i}`, keyLength),
    apiSecret: lettersOf(`secret ${seed} ${i}`, secretLength),
  };
};

const atOnce = 16;

/**
 * Followers of all strategies, the markets in turn, each with an account and a verified key. Their keys and followings are written through the
 * services' own stores: thousands of them by the API would take longer than what is to be seen.
 */
export const crowd = async (
  stack: Stack,
  seed: number,
  count: number,
  strategies: readonly Strategy[],
): Promise<readonly Follower[]> => {
  const followers = Array.from({ length: count }, (_, i) => followerOf(seed, i));
  for (let i = 0; i < count; i += atOnce) {
    const opened = followers.slice(i, i + atOnce).map(async ({ market, apiKey, apiSecret }) => {
      const account = { exchange: market.exchange, apiKey, apiSecret, balances: { USDT: '10000000' } };
      const { status, text } = await control(stack, 'POST', '/accounts', account);
      if (status !== 201) throw new TypeError(`no account: ${text}`);
    });
    await Promise.all(opened);
  }
  const { databases } = stack.description().postgres;
  await fillCredentials({
    databaseUrl: databases['key-vault'] as string,
    encryptionKey: readFileSync(join(stack.home, 'keys/encryption-key'), 'utf8').trim(),
    accounts: followers.map(({ userId, market, apiKey, apiSecret }) => ({
      userId,
      exchange: market.exchange,
      apiKey,
      apiSecret,
    })),
  });
  await fillFollowings({
    databaseUrl: databases['trade-executor'] as string,
    followings: strategies.flatMap(({ id }) =>
      followers.map(({ userId, market }) => ({
        strategyId: id as never,
        userId: userId as never,
        ...market,
        environment: 'live' as const,
        // More than the coarsest step and the highest least value of these symbols.
        sizing: { mode: 'quote_amount' as const, value: '100' as never },
        enabled: true,
      })),
    ),
  });
  return followers;
};
