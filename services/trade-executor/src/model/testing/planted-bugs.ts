import { InvariantError, zero } from '@latchkey/kernel';
import type { Market, Signature, SignedCall } from '../../app/ports/exchange.js';
import type { SignRequest, Vault } from '../../app/ports/vault.js';
import { closes } from '../../domain/trade/intent.js';
import type { Plant, Ports } from './plant.js';

/** Every exchange, with something of it replaced. */
const withExchange = (ports: Ports, change: (exchange: Market) => Partial<Market>): Ports => {
  const changed = new Map<Market, Market>();
  return {
    ...ports,
    exchanges: (of) => {
      const exchange = ports.exchanges(of);
      if (!exchange) return undefined;
      const known = changed.get(exchange) ?? { ...exchange, ...change(exchange) };
      changed.set(exchange, known);
      return known;
    },
  };
};

/** Whatever went wrong with a request, it is sent again. */
const resendOnTimeout = (ports: Ports): Ports => ({
  ...ports,
  trades: {
    ...ports.trades,
    apply: (of, command, lease) =>
      ports.trades.apply(
        of,
        command.type === 'RecordUnknown'
          ? {
              type: 'RecordTurnedAway',
              data: { attempt: command.data.attempt, reason: 'venue.timeout', message: 'No answer; it is sent again.' },
            }
          : command,
        lease,
      ),
  },
});

/** "Not found" counts from the first look-up on, whether or not the venue could still take the order or show it. */
const believesNotFound: Plant = {
  nextLookup: (real) => (state, venueNow) => real({ ...state, timestamp: state.timestamp - 24 * 60 * 60_000 }, venueNow),
};

/** The venue is trusted to refuse an id that it knows, wherever: an order that was not found is sent again. */
const trustsIds = (ports: Ports): Ports => withExchange(ports, () => ({ resendAfterAbsence: true, absenceIsProof: true }));

/**
 * The attempt is committed first and signed then. Where its window has passed meanwhile, it gets a new time instead of being given up: the
 * string is the first one for the attempt, so the vault has nothing against it.
 */
const restamps = (ports: Ports): Ports => {
  const asked = new Map<string, SignRequest>();
  const held: Signature = { apiKey: 'not-asked-yet', signature: 'not-asked-yet', signedAt: 0 };
  const vault: Vault = {
    ...ports.vault,
    sign: async (item) => {
      if (item.purpose === 'read' || !item.trade) return ports.vault.sign(item);
      asked.set(item.payload, item);
      return { outcome: 'signed', ...held };
    },
  };
  const stamped = async (exchange: Market, order: Parameters<Market['submit']>[0], call: SignedCall) => {
    let committed: SignRequest | undefined;
    const first = await exchange.submit(order, {
      ...call,
      authorize: async (payload) => {
        if (await call.authorize(payload)) committed = asked.get(payload);
        asked.delete(payload);
        return undefined;
      },
    });
    const item = committed;
    if (!item) return first;
    const now = exchange.clock.now() ?? call.timestamp;
    const isOver = now > call.timestamp + call.recvWindow;
    return exchange.submit(order, {
      ...call,
      timestamp: isOver ? now : call.timestamp,
      authorize: async (payload) => {
        const signed = await ports.vault.sign({ ...item, payload });
        return signed.outcome === 'signed' ? signed : undefined;
      },
    });
  };
  return withExchange({ ...ports, vault }, (exchange) => ({ submit: (order, call) => stamped(exchange, order, call) }));
};

/** An exit sees what is owned, and none of the orders in front of it: it neither withdraws nor awaits nor covers what is unknown. */
const exitIgnoresUnknown = (ports: Ports): Ports => ({
  ...ports,
  holdings: { of: async (request) => ({ ...(await ports.holdings.of(request)), others: [] }) },
});

/** An entry for one side does not look at what is held: it trusts that the exit before it has closed everything. */
const opensBeside = (ports: Ports): Ports => ({
  ...ports,
  holdings: {
    of: async (request) => {
      const holding = await ports.holdings.of(request);
      const isEntry = request.positionSide !== undefined && !closes(request);
      return isEntry ? { ...holding, owned: zero } : holding;
    },
  },
});

/** Mistakes that somebody could make, each between an executor and its ports: production code knows nothing of them. */
export const plantedBugs = {
  'resend-on-timeout': { ports: resendOnTimeout },
  'not-found-believed': believesNotFound,
  'id-reuse-trusted': { ports: trustsIds },
  'restamped-after-freeze': { ports: restamps },
  'exit-while-unknown': { ports: exitIgnoresUnknown },
  'opened-beside': { ports: opensBeside },
} as const satisfies Record<string, Plant>;

export type PlantedBug = keyof typeof plantedBugs;

/** @param name none: nothing is planted */
export const plantOf = (name: string | undefined): Plant => {
  if (name === undefined) return {};
  if (Object.hasOwn(plantedBugs, name)) return plantedBugs[name as PlantedBug];
  throw new InvariantError(`there is no planted bug "${name}"; there are ${Object.keys(plantedBugs).join(', ')}`);
};
