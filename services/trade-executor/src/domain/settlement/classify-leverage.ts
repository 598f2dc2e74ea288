import type { ExchangeName } from '@latchkey/contracts';
import type { Failure, LeverageOutcome } from './outcome.js';

/** What a venue's number says about a leverage; every other number of its own is a refusal. */
type Meaning = 'unchanged' | 'clock' | 'passes';

// Its own trouble, its limits, and a clock that is off pass; whatever the setting became then, it is set again.
const binance: Readonly<Record<number, Meaning>> = {
  [-1000]: 'passes',
  [-1001]: 'passes',
  [-1003]: 'passes',
  [-1006]: 'passes',
  [-1007]: 'passes',
  [-1008]: 'passes',
  [-1015]: 'passes',
  [-1021]: 'clock',
};
const bybit: Readonly<Record<number, Meaning>> = {
  [429]: 'passes',
  [10000]: 'passes',
  [10002]: 'clock',
  [10006]: 'passes',
  [10016]: 'passes',
  [10018]: 'passes',
  [110043]: 'unchanged',
};
const meanings: Readonly<Record<ExchangeName, Readonly<Record<number, Meaning>>>> = { binance, bybit };

const limits: ReadonlySet<number> = new Set([403, 408, 418, 429]);

const words = ({ message, code, http, cause }: Failure): string => {
  const number = code === undefined ? (http === undefined ? cause : `HTTP ${http}`) : String(code);
  const said = message?.replaceAll(/\s+/g, ' ').slice(0, 200);
  return said ? `The exchange answered "${said}" (${number}).` : `The exchange answered ${number}.`;
};

/**
 * What a leverage that was not confirmed proves. Setting it again is harmless, so only a refusal in the venue's own number ends the order.
 *
 * @see exchange-facts.md 3.5 and 4.5
 */
export const classifyLeverage = (exchange: ExchangeName, leverage: number, failure: Failure): LeverageOutcome => {
  const { code = 0, http, sent } = failure;
  const meaning = meanings[exchange][code];
  if (meaning === 'unchanged') return { outcome: 'set' };
  const coded = sent && code !== 0 && meaning === undefined && http !== undefined && http < 500 && !limits.has(http);
  return coded
    ? {
        outcome: 'refused',
        reason: 'venue.leverage_refused',
        message: `Nothing was ordered: the account's leverage could not be set to ${leverage}. ${words(failure)}`,
      }
    : {
        outcome: 'unavailable',
        reason: 'venue.leverage_unknown',
        message: `The account's leverage could not be set to ${leverage} in time. ${sent ? words(failure) : `Nothing was sent (${failure.cause}).`}`,
        ...(meaning === 'clock' && { resyncClock: true }),
      };
};
