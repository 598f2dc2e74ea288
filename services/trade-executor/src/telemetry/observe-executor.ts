import { observeGauges, type Reading } from '@latchkey/tracing';
import type { Clock } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Exchange } from '../app/ports/exchange.js';
import type { Standing } from '../app/ports/standing.js';
import { venueAttributes } from './trade-spans.js';

type UnknownRow = {
  exchange: Exchange['exchange'];
  environment: Exchange['environment'];
  market_type: Exchange['marketType'];
  open: number;
};

const unknownOrders = `
  select exchange, environment, market_type, count(*)::float8 as open
  from trades where open and status = 'unknown' group by exchange, environment, market_type`;

/** What stands still: orders of which nobody knows whether they stand, trades that are open for too long, partitions that nobody works on, venues that want to be left alone. */
export const observeExecutor = (
  pool: Pool,
  standing: Pick<Standing, 'read'>,
  markets: readonly Exchange[],
  clock: Clock,
): (() => void) =>
  observeGauges(
    {
      'latchkey.orders.unknown': { description: 'Orders whose outcome is not known yet', unit: '{order}' },
      'latchkey.trades.open': { description: 'Trades that are not settled yet', unit: '{trade}' },
      'latchkey.trades.stuck': { description: 'Trades that are open for longer than their state explains', unit: '{trade}' },
      'latchkey.partitions.unowned': { description: 'Partitions of users that no executor works on', unit: '{partition}' },
      'latchkey.positions.drifting': { description: 'Accounts’ instruments that differ from our record', unit: '{position}' },
      'latchkey.executors': { description: 'Executors that are alive', unit: '{executor}' },
      'latchkey.venue.pause': { description: 'How long the venue still wants no requests from us', unit: 's' },
    },
    async () => {
      const [{ rows }, work] = await Promise.all([pool.query<UnknownRow>(unknownOrders), standing.read()]);
      const found = new Map(rows.map((row) => [`${row.exchange}/${row.environment}/${row.market_type}`, row.open]));
      const ofEach = (value: (market: Exchange) => number): readonly Reading[] =>
        markets.map((market) => ({ value: value(market), attributes: venueAttributes(market) }));
      return {
        'latchkey.orders.unknown': ofEach((of) => found.get(`${of.exchange}/${of.environment}/${of.marketType}`) ?? 0),
        'latchkey.trades.open': [{ value: work.openTrades }],
        'latchkey.trades.stuck': [{ value: work.stuck.count }],
        'latchkey.partitions.unowned': [{ value: work.partitions.unowned.length }],
        'latchkey.positions.drifting': [{ value: work.drifts.count }],
        'latchkey.executors': [{ value: work.executors.length }],
        'latchkey.venue.pause': ofEach((market) => Math.max(0, market.pausedUntil() - clock.now()) / 1_000),
      };
    },
  );
