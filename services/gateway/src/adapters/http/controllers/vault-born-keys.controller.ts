import { Body, Controller, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { UserRequest } from '../../../app/command-context.js';
import type { VaultBornKeyUseCases } from '../../../app/vault-born-keys.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { CurrentRequest } from '../request-facts.js';
import { activateKeyAnswer, generateKeyAnswer } from '../schemas/answers.js';
import { activateKeyBody, environmentQuery, exchangeParam } from '../schemas/requests.js';
import { VAULT_BORN_KEYS } from '../tokens.js';
import { verificationRefusals, verifiedAnswer } from './verified-answer.js';

type ExchangeParam = z.output<typeof exchangeParam>;

@ApiTags('API keys')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api/user-api-keys')
export class VaultBornKeysController {
  constructor(@Inject(VAULT_BORN_KEYS) private readonly keys: VaultBornKeyUseCases) {}

  @Post(':exchange/generate')
  @HttpCode(200)
  @ApiOperation({ summary: 'Make an Ed25519 pair in the vault; register its public key at Binance, then activate it' })
  @Answers(200, generateKeyAnswer, 'the public key; a pair that was generated before and not activated is void')
  @Refuses(
    'request.invalid',
    'exchange.unknown',
    'public_key.untrusted',
    'rpc.unavailable',
    'rpc.timeout',
    'vault.key_type_not_at_exchange',
    'vault.conflict',
  )
  async generate(
    @CurrentRequest() request: UserRequest,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Query({ schema: environmentQuery }) { environment }: z.output<typeof environmentQuery>,
  ) {
    const { publicKey, signed, expiresAt } = await this.keys.generate(request, { exchange, environment });
    const message = 'Register the public key at the exchange, then activate it with the API key that you get for it';
    return { success: true, message, publicKey, signed, expiresAt };
  }

  @Post(':exchange/activate')
  @HttpCode(200)
  @ApiOperation({ summary: 'Name the API key that the exchange gave for the public key; it is verified at once' })
  @Answers(200, activateKeyAnswer, 'the exchange took a signature of it: the key may trade now')
  @Refuses(
    'request.invalid',
    'request.content_type',
    'exchange.unknown',
    'rpc.unavailable',
    'rpc.timeout',
    'vault.api_key_format',
    'vault.key_type_not_at_exchange',
    'vault.key_pair_not_found',
    'vault.key_pair_replaced',
    ...verificationRefusals,
  )
  async activate(
    @CurrentRequest() request: UserRequest,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Body({ schema: activateKeyBody }) { apiKey, environment }: z.output<typeof activateKeyBody>,
  ) {
    const { maskedKey, verdict } = await this.keys.activate(request, { exchange, environment, apiKey });
    return { success: true, message: 'API key activated successfully', masked_key: maskedKey, ...verifiedAnswer(verdict) };
  }
}
