import type { Db } from '@latchkey/event-store';
import type { Rate } from '../../app/instance-rate.js';
import { refusalByRules } from '../../domain/signing/trading-rules.js';
import { freezeInForce } from './freeze-switch.js';
import { open, type PendingItem } from './signing-checks.js';

type Found =
  | { readonly kind: 'frozen' }
  | { readonly kind: 'halt'; readonly key: string }
  | { readonly kind: 'symbols'; readonly key: string; readonly symbols: readonly string[] }
  | { readonly kind: 'bucket'; readonly key: string; readonly available: number };

/**
 * One statement for everything that stands against the strings of a group, and what the group takes from its buckets. Buckets are locked in
 * one order everywhere. A question costs a token, also where a rule says no; so a bucket also bounds how often rules are asked about.
 */
const text = `with asked as (
    select * from unnest($1::uuid[], $2::text[], $3::int[]) as a (credential_id, purpose, strings) order by 1, 2
  ), taken as (
    insert into signing_rates as r (credential_id, purpose, available, tokens, filled_at)
      select credential_id, purpose, $4::float8, $4::float8 - least(strings, $4::float8), clock_timestamp() from asked
    on conflict (credential_id, purpose) do update set (available, tokens, filled_at) = (
      select now_there, now_there - least(excluded.available - excluded.tokens, floor(now_there)), clock_timestamp()
      from (
        select least($4::float8, r.tokens + $5::float8 * greatest(0, extract(epoch from clock_timestamp() - r.filled_at))) as now_there
      ) filled
    )
    returning credential_id, purpose, available
  )
  select 'bucket' as kind, credential_id || '/' || purpose as key, available, null::text[] as symbols from taken
  union all select 'frozen', '', null, null from (${freezeInForce}) in_force
  union all select 'halt', scope || '/' || target, null, null from trading_halts
    where halted and (scope, target) in (select * from unnest($6::text[], $7::text[]))
  union all select 'symbols', user_id, null, symbols from symbol_lists where user_id = any($8::text[]) and symbols is not null`;

const bucketOf = ({ item }: PendingItem): string => `${item.credentialId}/${item.record.purpose}`;

const haltsOf = ({ item: { record } }: PendingItem): readonly string[] => [
  'platform/',
  `user/${record.userId}`,
  ...(record.strategyId === undefined ? [] : [`strategy/${record.strategyId}`]),
];

const ask = async (tx: Db, items: readonly PendingItem[], { burst, perSecond }: Rate): Promise<readonly Found[]> => {
  const buckets = [...Map.groupBy(items, bucketOf)].map(([key, of]) => ({ key: key.split('/'), strings: of.length }));
  const halts = [...new Set(items.flatMap(haltsOf))].map((key) => [
    key.slice(0, key.indexOf('/')),
    key.slice(key.indexOf('/') + 1),
  ]);
  const { rows } = await tx.query<Found>({
    name: 'vault-limits',
    text,
    values: [
      buckets.map(({ key: [credentialId] }) => credentialId),
      buckets.map(({ key: [, purpose] }) => purpose),
      buckets.map(({ strings }) => strings),
      burst,
      perSecond,
      halts.map(([scope]) => scope),
      halts.map(([, target]) => target),
      [...new Set(items.map(({ item }) => item.record.userId))],
    ],
  });
  return rows;
};

/**
 * Freeze, halts, symbol lists and rates as they are now; none of them is remembered from one transaction to the next.
 *
 * @param rate of each credential and purpose, by the database's clock, whichever instance signs
 */
export const checkLimits = async (tx: Db, items: readonly PendingItem[], rate: Rate): Promise<void> => {
  const asking = open(items);
  if (asking.length === 0) return;
  const found = await ask(tx, asking, rate);
  const frozen = found.some(({ kind }) => kind === 'frozen');
  const halted = new Set(found.flatMap((row) => (row.kind === 'halt' ? [row.key] : [])));
  const lists = new Map(found.flatMap((row) => (row.kind === 'symbols' ? [[row.key, row.symbols] as const] : [])));
  const left = new Map(found.flatMap((row) => (row.kind === 'bucket' ? [[row.key, row.available] as const] : [])));
  for (const pending of asking) {
    const { record, symbol } = pending.item;
    const symbols = lists.get(record.userId);
    const rules = { frozen, halted: haltsOf(pending).some((key) => halted.has(key)), ...(symbols && { symbols }) };
    const bucket = bucketOf(pending);
    const available = left.get(bucket) ?? 0;
    left.set(bucket, available - 1);
    pending.refusal = refusalByRules(rules, record.purpose, symbol) ?? (available < 1 ? 'vault.rate_limited' : undefined);
  }
};
