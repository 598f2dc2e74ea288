import { compare, decimal, type Clock, type Decimal } from '@latchkey/kernel';
import type { binance } from 'ccxt';
import { z } from 'zod';
import type { Exchange, SignedCall, VenueClock } from '../../../app/ports/exchange.js';
import { classifyLeverage } from '../../../domain/settlement/classify-leverage.js';
import type { SignedRequests } from '../signed-requests.js';

type Deps = {
  readonly signed: binance;
  readonly run: SignedRequests['run'];
  readonly clock: VenueClock;
  readonly ourClock: Clock;
};

// A bound of a position's value comes as a number: read as text, so that no digit of it is computed with.
const amount = z.union([z.string(), z.number()]).transform((value) => decimal(String(value)));
const whole = z.union([z.string(), z.number()]).transform(Number);
const table = z.array(
  z.object({ symbol: z.string(), brackets: z.array(z.object({ initialLeverage: whole, notionalCap: amount })).min(1) }),
);
type Brackets = z.output<typeof table>[number]['brackets'];

const answer = z.object({ symbol: z.string(), leverage: whole });

/** The tables are the venue's and move slowly; an account's own factor on them is left to the venue. */
const keptMs = 60 * 60_000;

const most = (brackets: Brackets, notional: Decimal): number =>
  Math.max(
    1,
    ...brackets.filter(({ notionalCap }) => compare(notional, notionalCap) <= 0).map(({ initialLeverage }) => initialLeverage),
  );

/** Leverage on USDM: one for all positions of a symbol, bounded by what the position is worth. */
export const usdmLeverage = ({ signed, run, clock, ourClock }: Deps): Pick<Exchange, 'maxLeverage' | 'setLeverage'> => {
  let known: { readonly at: number; readonly symbols: ReadonlyMap<string, Brackets> } | undefined;

  const readTable = async (call: SignedCall) => {
    if (known && ourClock.now() - known.at <= keptMs) return known.symbols;
    // Of all symbols: a string of one symbol alone would be good to cancel all of its orders with, so the vault signs none.
    const told = await run(
      call,
      'leverage.brackets',
      () => signed.fapiPrivateGetLeverageBracket(),
      (body) => table.safeParse(body).data,
    );
    if (told.ok) known = { at: ourClock.now(), symbols: new Map(told.value.map(({ symbol, brackets }) => [symbol, brackets])) };
    return known?.symbols;
  };

  return {
    maxLeverage: async ({ symbol, notional }, call) => {
      const brackets = (await readTable(call))?.get(symbol);
      return brackets && most(brackets, notional);
    },
    setLeverage: async ({ symbol, leverage }, call) => {
      const told = await run(
        call,
        'leverage.set',
        () => signed.fapiPrivatePostLeverage({ symbol, leverage: String(leverage) }),
        // Set to anything else it would be traded at another leverage than was said.
        (body) => {
          const read = answer.safeParse(body).data;
          return read?.symbol === symbol && read.leverage === leverage ? read : undefined;
        },
      );
      if (told.ok) return { outcome: 'set' };
      const outcome = classifyLeverage('binance', leverage, told.failure);
      if (outcome.outcome === 'unavailable' && outcome.resyncClock) clock.resync();
      return outcome;
    },
  };
};
