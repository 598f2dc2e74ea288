import type { MarketType } from '@latchkey/contracts';
import { compare, lesser, sum, zero, type Clock, type Decimal } from '@latchkey/kernel';
import { isDrift, type Holding } from '../../domain/reconciliation/compare-holdings.js';
import type { BookKey, BookNotices, Books, RecordedSymbol } from '../ports/books.js';
import type { Exchange } from '../ports/exchange.js';
import type { Vault } from '../ports/vault.js';
import type { Log } from '../ports/work.js';
import { accountRead } from './account-reads.js';

export type HoldingsDeps = {
  readonly books: Pick<Books, 'read'>;
  readonly notices: Pick<BookNotices, 'holding'>;
  readonly vault: Pick<Vault, 'sign'>;
  readonly clock: Clock;
  readonly log: Log;
};

/** How far a comparison came. */
export type Compared = 'done' | 'drifts' | 'confirm' | 'untold';

/** A venue's lists lag behind its fills: a difference is believed when it is still the same after this long. */
const confirmAfterMs = 2_000;

type Expected = { readonly instrument: string; readonly symbols: readonly RecordedSymbol[]; readonly tolerance: Decimal };

/** On spot several symbols share a base asset, and so one balance; a contract stands for itself. */
const expectedOf = (
  marketType: MarketType,
  symbols: readonly RecordedSymbol[],
  { rules }: Pick<Exchange, 'rules'>,
): readonly Expected[] => {
  const known = symbols.flatMap((one) => {
    const market = rules(one.symbol);
    if (typeof market !== 'object') return [];
    return [
      { one, instrument: marketType === 'linear' ? one.symbol : market.baseAsset, tolerance: market.lots[0]?.step ?? zero },
    ];
  });
  return [...Map.groupBy(known, ({ instrument }) => instrument)].map(([instrument, group]) => ({
    instrument,
    symbols: group.map(({ one }) => one),
    // A contract has no fees in itself, so the two agree to the last digit.
    tolerance: marketType === 'linear' ? zero : group.map(({ tolerance }) => tolerance).reduce(lesser),
  }));
};

type Seen = { readonly at: number; readonly expected: Decimal; readonly found: Decimal };

/**
 * What the account holds against what our followings own. It compares only where nothing is under way and nothing was recorded while the venue
 * answered, and believes a difference only when it sees it twice.
 */
export const reconcileHoldings = ({ books, notices, vault, clock, log }: HoldingsDeps) => {
  const suspected = new Map<string, Seen>();

  const isConfirmed = (name: string, { expected, found }: Holding): boolean => {
    const before = suspected.get(name);
    const isSame = before !== undefined && compare(before.expected, expected) === 0 && compare(before.found, found) === 0;
    if (!isSame) suspected.set(name, { at: clock.now(), expected, found });
    return isSame && clock.now() - before.at >= confirmAfterMs;
  };

  const report = async (book: BookKey, holding: Holding): Promise<'agrees' | 'drifts' | 'suspected'> => {
    const { instrument, expected, found } = holding;
    const name = [book.userId, book.exchange, book.environment, book.marketType, instrument].join('/');
    const drifts = isDrift(book.marketType, holding);
    if (!drifts) suspected.delete(name);
    else if (!isConfirmed(name, holding)) return 'suspected';
    const { userId, exchange, environment, marketType } = book;
    const news = await notices.holding({ userId, exchange, environment, marketType, instrument, expected, found }, drifts);
    if (news === 'detected') {
      log.error(
        { alarm: 'position.drift', userId, exchange, environment, marketType, instrument, expected, found },
        'an account holds something else than our record says; nothing is traded for it, its owner is told',
      );
    }
    if (news === 'resolved')
      log.info({ userId, exchange, environment, marketType, instrument, found }, 'an account agrees with our record again');
    return drifts ? 'drifts' : 'agrees';
  };

  /** @returns `confirm`: a difference has to be seen a second time; `untold`: the venue did not tell, or something happened meanwhile */
  return async (book: BookKey, exchange: Exchange): Promise<Compared> => {
    if (!exchange.holdings) return 'done';
    const before = await books.read(book);
    const quiet = expectedOf(book.marketType, before.symbols, exchange).filter(({ symbols }) =>
      symbols.every(({ open }) => !open),
    );
    const call = accountRead(book, exchange, vault);
    if (quiet.length === 0) return 'done';
    const found =
      call &&
      (await exchange.holdings(
        quiet.map(({ instrument }) => instrument),
        call,
      ));
    if (!found || (await books.read(book)).revision !== before.revision) return 'untold';
    const results = [];
    for (const { instrument, symbols, tolerance } of quiet) {
      const expected = sum(symbols.map(({ owned }) => owned));
      results.push(await report(book, { instrument, expected, found: found.get(instrument) ?? zero, tolerance }));
    }
    if (results.includes('suspected')) return 'confirm';
    return results.includes('drifts') ? 'drifts' : 'done';
  };
};
