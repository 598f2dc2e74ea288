import { messageOf } from '@latchkey/kernel';
import type { Pool } from 'pg';
import type { Log } from '../../app/ports/work.js';

const everyMs = 10_000;
/** An executor that is started again within this time leaves no gap in the list. */
const ttlMs = 60_000;

export type EgressAddressesOptions = {
  readonly pool: Pick<Pool, 'query'>;
  /** Unique per process. */
  readonly holder: string;
  readonly addresses: readonly string[];
  readonly log: Pick<Log, 'warn'>;
  /** Done along with it, as seldom. */
  readonly also?: () => Promise<void>;
};

/** Tells the other executors which addresses this one sends from, and learns theirs. */
export const createEgressAddresses = ({ pool, holder, addresses, log, also }: EgressAddressesOptions) => {
  let sharers: ReadonlyMap<string, number> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let ticking: Promise<void> = Promise.resolve();

  const tell = async (): Promise<void> => {
    const { rows } = await pool.query<{ address: string; holders: number }>(
      `with mine as (
         insert into egress_addresses (holder, address, expires_at)
         select $1, address, clock_timestamp() + $3 * interval '1 ms' from unnest($2::text[]) as a (address)
         on conflict (holder, address) do update set expires_at = excluded.expires_at
       )
       select address, count(*)::int as holders from egress_addresses
       where holder <> $1 and expires_at > clock_timestamp() group by address`,
      [holder, addresses, ttlMs],
    );
    sharers = new Map(rows.map(({ address, holders }) => [address, holders]));
  };

  const tick = async (): Promise<void> => {
    try {
      await tell();
      await also?.();
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'our addresses could not be told to the other executors; it is tried again');
    }
    if (!stopped) timer = setTimeout(next, everyMs);
  };
  const next = (): void => {
    ticking = tick();
  };

  return {
    start: next,
    /** How many executors send from an address, this one included where it does. */
    sharers: (address: string): number => (sharers.get(address) ?? 0) + (addresses.includes(address) ? 1 : 0),
    /** The addresses of all executors that live. */
    all: async (): Promise<readonly string[]> => {
      const { rows } = await pool.query<{ address: string }>(
        'select distinct address from egress_addresses where expires_at > clock_timestamp() order by address',
      );
      return [...new Set([...addresses, ...rows.map(({ address }) => address)])].toSorted();
    },
    stop: async (): Promise<void> => {
      stopped = true;
      clearTimeout(timer);
      await ticking;
      clearTimeout(timer);
      try {
        await pool.query("delete from egress_addresses where holder = $1 or expires_at < clock_timestamp() - interval '1 day'", [
          holder,
        ]);
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'our addresses could not be taken off the list; they run out by themselves');
      }
    },
  };
};
