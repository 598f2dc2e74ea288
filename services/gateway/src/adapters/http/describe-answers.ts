import {
  executorErrors,
  gatewayErrors,
  vaultErrors,
  type ExecutorErrorCode,
  type GatewayErrorCode,
  type VaultErrorCode,
} from '@latchkey/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { errorAnswer } from './schemas/answers.js';

/** For the documents: what a route answers when it goes well. */
export const Answers = (status: number, standardSchema: z.ZodType, description: string) =>
  ApiResponse({ status, standardSchema, description });

const rows = { ...gatewayErrors, ...vaultErrors, ...executorErrors };

/** For the documents: the codes that callers of this route should expect, by status; those that come from behind the gateway, too. */
export const Refuses = (...codes: readonly (GatewayErrorCode | VaultErrorCode | ExecutorErrorCode)[]) => {
  const byStatus = Map.groupBy(codes, (code) => rows[code].status);
  const responses = [...byStatus].map(([status, ofStatus]) =>
    ApiResponse({ status, standardSchema: errorAnswer, description: ofStatus.map((code) => `\`${code}\``).join(', ') }),
  );
  return applyDecorators(...responses);
};

/** What every route that needs a token refuses with. */
export const RefusesStrangers = () =>
  Refuses('auth.token_missing', 'auth.token_invalid', 'auth.token_expired', 'auth.role_missing', 'rate.limited');
