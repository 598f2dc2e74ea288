import { read, refuse, type Read } from '../refusal.js';

/** Where a strategy's position was and is, and which order took it there: TradingView's own words. */
export type PositionChange = {
  readonly action: string | undefined;
  readonly position: string | undefined;
  readonly previous: string | undefined;
};
/** The names that the alert's own format has for these. */
export type PositionNames = Readonly<Record<keyof PositionChange, string>>;

const sides = { buy: 'long', sell: 'short' } as const;
const positions: readonly string[] = ['long', 'short', 'flat'];
const written = (value: string | undefined): string | undefined => value?.trim().toLowerCase();

/**
 * What a strategy's order means for whoever follows it: the same `sell` opens a short, ends a long, or makes it smaller. Without positions it is
 * what it says.
 *
 * @returns refused: what is neither, what would close a part, and what would turn a position round
 */
export const actionOf = (change: PositionChange, names: PositionNames): Read<'buy' | 'sell' | 'exit'> => {
  const [action, position, previous] = [written(change.action), written(change.position), written(change.previous)];
  if (action === undefined) return refuse('alert.field_missing', `"${names.action}" is missing`, names.action);
  if (action !== 'buy' && action !== 'sell')
    return refuse('alert.field_invalid', `"${names.action}" must be "buy" or "sell"`, names.action);
  for (const [of, value] of [['position', position] as const, ['previous', previous] as const]) {
    if (value !== undefined && !positions.includes(value))
      return refuse('alert.field_invalid', `"${names[of]}" must be "long", "short" or "flat"`, names[of]);
  }
  if (position === 'flat') return read('exit');
  if (position === undefined || position === sides[action]) {
    if (position === undefined || previous === undefined || previous === 'flat' || previous === position) return read(action);
    return refuse(
      'not_supported',
      `this "${names.action}" turns the position round, which is not supported yet; send an exit and then an entry`,
      names.action,
    );
  }
  if (previous === 'flat' || (previous !== undefined && previous !== position))
    return refuse(
      'alert.field_invalid',
      `"${names.action}" does not lead from "${names.previous}" to "${names.position}"`,
      names.action,
    );
  return refuse(
    'not_supported',
    `this "${names.action}" ends a part of the position, which is not supported yet; exit all of it`,
    names.action,
  );
};
