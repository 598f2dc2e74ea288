import { gatewayErrors, type GatewayErrorCode } from '@latchkey/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { errorAnswer } from './schemas/answers.js';

/** For the documents: what a route answers when it goes well. */
export const Answers = (status: number, standardSchema: z.ZodType, description: string) =>
  ApiResponse({ status, standardSchema, description });

/** For the documents: the codes that callers of this route should expect, by status. */
export const Refuses = (...codes: readonly GatewayErrorCode[]) => {
  const byStatus = Map.groupBy(codes, (code) => gatewayErrors[code].status);
  const responses = [...byStatus].map(([status, ofStatus]) =>
    ApiResponse({ status, standardSchema: errorAnswer, description: ofStatus.map((code) => `\`${code}\``).join(', ') }),
  );
  return applyDecorators(...responses);
};

/** What every route that needs a token refuses with. */
export const RefusesStrangers = () =>
  Refuses('auth.token_missing', 'auth.token_invalid', 'auth.token_expired', 'auth.role_missing', 'rate.limited');
