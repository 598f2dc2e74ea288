import type { bybit } from 'ccxt';
import { z } from 'zod';
import type { Exchange, VenueClock } from '../../../app/ports/exchange.js';
import { classifyLeverage } from '../../../domain/settlement/classify-leverage.js';
import type { SignedRequests } from '../signed-requests.js';
import { readResult } from './bybit-envelope.js';

type Deps = { readonly signed: bybit; readonly run: SignedRequests['run']; readonly clock: VenueClock };

/** Leverage on Bybit linear: one for both sides of a symbol. The same again is refused as unchanged, which is what was asked for. */
export const bybitLeverage =
  ({ signed, run, clock }: Deps): NonNullable<Exchange['setLeverage']> =>
  async ({ symbol, leverage }, call) => {
    const both = { buyLeverage: String(leverage), sellLeverage: String(leverage) };
    const told = await run(
      call,
      'leverage.set',
      () => signed.privatePostV5PositionSetLeverage({ symbol, ...both, category: 'linear' }),
      (body) =>
        readResult(
          body,
          z.unknown().transform(() => true),
        ),
    );
    if (told.ok) return { outcome: 'set' };
    const outcome = classifyLeverage('bybit', leverage, told.failure);
    if (outcome.outcome === 'unavailable' && outcome.resyncClock) clock.resync();
    return outcome;
  };
