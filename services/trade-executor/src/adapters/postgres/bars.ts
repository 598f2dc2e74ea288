import type { Tx } from '@latchkey/event-store';
import { haltKey, haltKeysOf, type Bars } from '../../domain/risk/bar-on-opening.js';
import type { TradeRequest } from '../../domain/trade/events.js';

type Row =
  | { readonly kind: 'halt'; readonly key: string; readonly reason: string; readonly symbols: null }
  | { readonly kind: 'symbols'; readonly key: string; readonly reason: null; readonly symbols: readonly string[] };

/** Halts and symbol lists that concern any of these openings, as they are in this transaction. */
export const readBars = async (tx: Tx, openings: readonly TradeRequest[]): Promise<Bars> => {
  const keys = new Map(openings.flatMap(haltKeysOf).map((of) => [haltKey(...of), of]));
  const { rows } = await tx.query<Row>({
    name: 'executor-bars',
    text: `select 'halt' as kind, scope || '/' || target as key, reason, null::text[] as symbols from trading_halts
        where halted and (scope, target) in (select * from unnest($1::text[], $2::text[]))
      union all select 'symbols', user_id, null, symbols from symbol_lists where user_id = any($3::text[]) and symbols is not null`,
    values: [
      [...keys.values()].map(([scope]) => scope),
      [...keys.values()].map(([, target]) => target),
      [...new Set(openings.map(({ userId }) => userId))],
    ],
  });
  return {
    halts: new Map(rows.flatMap((row) => (row.kind === 'halt' ? [[row.key, row.reason] as const] : []))),
    symbols: new Map(rows.flatMap((row) => (row.kind === 'symbols' ? [[row.key, row.symbols] as const] : []))),
  };
};
