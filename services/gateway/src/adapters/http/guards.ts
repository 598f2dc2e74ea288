import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Caller, Role } from '../../app/caller.js';
import { refusal } from '../../app/errors.js';
import type { RateLimiter } from '../postgres/rate-limiter.js';
import { isDelicate, routeOf } from './body-parser.js';
import { RATE_LIMITER, VERIFY_TOKEN } from './tokens.js';

type Access = { readonly roles: readonly Role[]; readonly limited: boolean };
const ACCESS = 'latchkey:access';

/** For everybody, without a token and without a limit: health, documents, webhooks (TradingView's addresses are shared by all its users). */
export const Open = () => SetMetadata(ACCESS, { roles: [], limited: false } satisfies Access);
/** For everybody, as often as an address may ask. */
export const OpenButLimited = () => SetMetadata(ACCESS, { roles: [], limited: true } satisfies Access);
/** For callers that have one of these roles. A route without any of these decorators is for users and operators. */
export const For = (...roles: readonly Role[]) => SetMetadata(ACCESS, { roles, limited: true } satisfies Access);

const standard: Access = { roles: ['user', 'operator'], limited: true };
const bearer = /^Bearer +([A-Za-z0-9_.-]+)$/i;

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(VERIFY_TOKEN) private readonly verifyToken: (token: string) => Promise<Caller>,
    @Inject(RATE_LIMITER) private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const access =
      this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [context.getHandler(), context.getClass()]) ?? standard;
    if (access.roles.length > 0) request.caller = await this.callerOf(request);
    if (access.limited) {
      const scope = isDelicate(routeOf(request)) ? 'keys' : 'api';
      const { allowed, retryAfterSeconds } = await this.limiter.consume(scope, request.ip, request.caller?.userId);
      if (!allowed) throw refusal('rate.limited', { retryAfterSeconds });
    }
    // After the limit: a caller who tries every door is slowed down like any other.
    if (request.caller && !access.roles.some((role) => request.caller?.roles.includes(role))) throw refusal('auth.role_missing');
    return true;
  }

  private async callerOf(request: FastifyRequest): Promise<Caller> {
    const token = bearer.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined)
      throw refusal(request.headers.authorization === undefined ? 'auth.token_missing' : 'auth.token_invalid');
    return this.verifyToken(token);
  }
}
