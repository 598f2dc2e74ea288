import { AppError } from '@latchkey/kernel';
import { eventTable } from './event-table.js';

export class ContractError extends AppError<
  'contracts.event_unknown' | 'contracts.event_invalid' | 'contracts.version_unknown' | 'contracts.envelope_invalid'
> {}

/** From one version of an event's data to the next; pure, total over what was ever published. */
export type Upcaster = (data: unknown) => unknown;
/** Event type → version it starts from → upcaster. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, Upcaster>>>>;

/** The mechanism is proven in `upcast.unit.spec.ts` on a synthetic event, each of these by its golden recordings. */
export const upcasters: Upcasters = {
  TradeRequested: {
    // Every trade had the side that its alert named; exits came with version 2.
    1: (data) => {
      const { side, ...rest } = data as { readonly side: unknown };
      return { ...rest, action: side };
    },
  },
};

type Definitions = Readonly<
  Record<
    string,
    { readonly v: number; readonly data: { safeParse: (data: unknown) => { success: boolean; data?: unknown; error?: unknown } } }
  >
>;

/**
 * The latest form of a stored event, checked against its schema.
 *
 * @throws {ContractError} `contracts.event_unknown`, `contracts.version_unknown` (a newer writer, or a missing upcaster), `contracts.event_invalid`
 */
export const toLatest = (
  stored: { readonly type: string; readonly v: number; readonly data: unknown },
  table: Definitions = eventTable,
  steps: Upcasters = upcasters,
): { readonly type: string; readonly v: number; readonly data: unknown } => {
  const definition = Object.hasOwn(table, stored.type) ? table[stored.type] : undefined;
  if (!definition)
    throw new ContractError(
      'contracts.event_unknown',
      `event type "${stored.type}" is not in the table; deploy the version that knows it`,
      { type: stored.type },
    );
  let { data } = stored;
  for (let v = stored.v; v !== definition.v; v += 1) {
    const step = steps[stored.type]?.[v];
    if (!step) {
      throw new ContractError(
        'contracts.version_unknown',
        `${stored.type} v${stored.v} cannot be read as v${definition.v}; an upcaster from v${v} is missing`,
        { type: stored.type, v },
      );
    }
    data = step(data);
  }
  const parsed = definition.data.safeParse(data);
  if (!parsed.success)
    throw new ContractError(
      'contracts.event_invalid',
      `${stored.type} v${stored.v} does not have the shape of the table`,
      { type: stored.type, v: stored.v },
      { cause: parsed.error },
    );
  return { type: stored.type, v: definition.v, data: parsed.data };
};
