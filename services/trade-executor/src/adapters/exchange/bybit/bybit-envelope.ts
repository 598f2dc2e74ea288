import { decimalString } from '@latchkey/contracts';
import { decimal, isPositive, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';

/** Numbers come as text where ccxt saved digits that a number would lose. */
export const whole = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);

/** Amounts that do not exist yet are empty text. */
export const decimalOrNone = z.union([z.literal('').transform(() => undefined), decimalString.transform(decimal)]).optional();

// Made once: a schema that is made for each answer costs more than reading it.
const envelope = z.object({ retCode: whole, result: z.unknown() });
const clock = z.object({ time: whole });

/** What Bybit wraps every answer in; anything but code 0 is no answer of use. */
export const readResult = <T extends z.ZodType>(body: unknown, result: T): z.output<T> | undefined => {
  const read = envelope.safeParse(body);
  return read.success && read.data.retCode === 0 ? result.safeParse(read.data.result).data : undefined;
};

/** The venue's clock, which every answer carries. */
export const readTime = (body: unknown): number | undefined => clock.safeParse(body).data?.time;

/** A bound of zero is switched off. */
export const bound = <Name extends string>(name: Name, value: Decimal | undefined): Partial<Record<Name, Decimal>> =>
  value !== undefined && isPositive(value) ? ({ [name]: value } as Record<Name, Decimal>) : {};
