import { decimalString } from '@latchkey/contracts';
import { decimal, isPositive, type Decimal } from '@latchkey/kernel';
import { z } from 'zod';

/** Numbers come as text where ccxt saved digits that a number would lose. */
export const whole = z.union([z.number(), z.string().regex(/^-?\d+$/)]).transform(Number);

/** Amounts that do not exist yet are empty text. */
export const decimalOrNone = z.union([z.literal('').transform(() => undefined), decimalString.transform(decimal)]).optional();

/** What Bybit wraps every answer in; anything but code 0 is no answer of use. */
export const readResult = <T extends z.ZodType>(body: unknown, result: T): z.output<T> | undefined => {
  const envelope = z.object({ retCode: whole, result: z.unknown() }).safeParse(body);
  return envelope.success && envelope.data.retCode === 0 ? result.safeParse(envelope.data.result).data : undefined;
};

/** The venue's clock, which every answer carries. */
export const readTime = (body: unknown): number | undefined => z.object({ time: whole }).safeParse(body).data?.time;

/** A bound of zero is switched off. */
export const bound = <Name extends string>(name: Name, value: Decimal | undefined): Partial<Record<Name, Decimal>> =>
  value !== undefined && isPositive(value) ? ({ [name]: value } as Record<Name, Decimal>) : {};
