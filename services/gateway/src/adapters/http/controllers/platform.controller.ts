import type { Health } from '@latchkey/service-kit';
import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { JSONWebKeySet } from 'jose';
import type { EgressAddresses } from '../../../app/egress-addresses.js';
import { refusal } from '../../../app/errors.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { Open } from '../guards.js';
import { addressesAnswer, healthAnswer, jwksAnswer } from '../schemas/answers.js';
import { EGRESS_ADDRESSES, HEALTH, SETTINGS } from '../tokens.js';

export type PlatformSettings = {
  /** Addresses that orders leave from. */
  readonly egressAddresses: readonly string[];
  /** The embedded issuer's keys; absent when tokens are issued elsewhere. */
  readonly publicKeys?: JSONWebKeySet;
};

@ApiTags('Platform')
@Controller()
export class PlatformController {
  constructor(
    @Inject(HEALTH) private readonly health: Health,
    @Inject(SETTINGS) private readonly settings: PlatformSettings,
    @Inject(EGRESS_ADDRESSES) private readonly addresses: EgressAddresses,
  ) {}

  @Get('health/live')
  @Open()
  @ApiOperation({ summary: 'Does the process answer?' })
  @Answers(200, healthAnswer, 'it does')
  live() {
    return { status: 'ok', parts: {} };
  }

  @Get('health/ready')
  @Open()
  @ApiOperation({ summary: 'Can it take alerts, and which parts are away?' })
  @Answers(200, healthAnswer, '`degraded`: alerts are taken and kept, but a part is away')
  @Answers(503, healthAnswer, 'without Postgres nothing can be taken')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { ok, status, parts } = await this.health.ready();
    void reply.status(ok ? 200 : 503);
    return { status, parts };
  }

  @Get('api/egress-addresses')
  @ApiBearerAuth()
  @RefusesStrangers()
  @ApiOperation({ summary: 'The addresses to allow-list for the key at the exchange' })
  @Answers(200, addressesAnswer, 'all of them; orders may leave from any')
  async egressAddresses() {
    return { success: true, addresses: await this.addresses() };
  }

  @Get('.well-known/jwks.json')
  @Open()
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ summary: "The embedded token issuer's public keys" })
  @Answers(200, jwksAnswer, 'a JWK set')
  @Refuses('jwks.elsewhere')
  keys() {
    if (!this.settings.publicKeys) throw refusal('jwks.elsewhere');
    return this.settings.publicKeys;
  }
}
