import { decimalString } from '@latchkey/contracts';
import { decimal, isPositive, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';
import type { LotRule } from '../../../domain/sizing/market-rules.js';

export const binanceFilters = z.array(z.looseObject({ filterType: z.string() }));
export type BinanceFilters = z.output<typeof binanceFilters>;

const lotFilter = z.object({ minQty: decimalString, maxQty: decimalString, stepSize: decimalString });

/** A part of zero is switched off. */
export const on = <Name extends string>(name: Name, value: Decimal): Partial<Record<Name, Decimal>> =>
  isPositive(value) ? ({ [name]: decimal(value) } as Record<Name, Decimal>) : {};

/** LOT_SIZE and MARKET_LOT_SIZE hold for a market order together. */
export const lotsOf = (filters: BinanceFilters): readonly LotRule[] =>
  filters
    .filter(({ filterType }) => filterType === 'LOT_SIZE' || filterType === 'MARKET_LOT_SIZE')
    .map((one) => lotFilter.parse(one))
    .map(({ minQty, maxQty, stepSize }) => ({ ...on('min', minQty), ...on('max', maxQty), ...on('step', stepSize) }));
