import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Caller } from '../../../app/caller.js';
import type { UserRequest } from '../../../app/command-context.js';
import { refusal } from '../../../app/errors.js';
import type { UserApiKeyUseCases } from '../../../app/user-api-keys.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { historyView, stateOf, statusView } from '../key-views.js';
import { CurrentCaller, CurrentRequest } from '../request-facts.js';
import { allKeysAnswer, doneAnswer, keyStatusAnswer, saveKeyAnswer, verifyKeyAnswer } from '../schemas/answers.js';
import { keyHistoryAnswer } from '../schemas/key-details.js';
import {
  environmentQuery,
  exchangeParam,
  keyHistoryQuery,
  keyStatusQuery,
  saveKeyBody,
  tradingModeBody,
} from '../schemas/requests.js';
import { USER_API_KEYS } from '../tokens.js';
import { verificationRefusals, verifiedAnswer } from './verified-answer.js';

type ExchangeParam = z.output<typeof exchangeParam>;
type EnvironmentQuery = z.output<typeof environmentQuery>;

type KeyStatusQuery = z.output<typeof keyStatusQuery>;

@ApiTags('API keys')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api/user-api-keys')
export class UserApiKeysController {
  constructor(@Inject(USER_API_KEYS) private readonly keys: UserApiKeyUseCases) {}

  @Get('all/status')
  @ApiOperation({ summary: 'Which keys the caller has' })
  @Answers(200, allKeysAnswer, 'every exchange, with or without a key')
  @Refuses('request.invalid', 'rpc.unavailable', 'rpc.timeout')
  async allStatus(@CurrentCaller() caller: Caller, @Query({ schema: environmentQuery }) { environment }: EnvironmentQuery) {
    const all = await this.keys.allStatus(caller, environment);
    const of = (exchange: string) => stateOf(all.find((key) => key.exchange === exchange));
    return { success: true, tradingMode: 'PERSONAL', exchanges: { bybit: of('bybit'), binance: of('binance') } };
  }

  @Post('trading-mode')
  @HttpCode(200)
  @ApiOperation({ summary: 'The trading mode, of which there is one' })
  @Answers(200, doneAnswer, 'PERSONAL')
  @Refuses('request.invalid', 'request.too_large', 'trading_mode.not_supported')
  tradingMode(@Body({ schema: tradingModeBody }) { mode }: z.output<typeof tradingModeBody>) {
    if (mode !== 'PERSONAL') throw refusal('trading_mode.not_supported', { supported: ['PERSONAL'] });
    return { success: true, message: 'Trading mode set to PERSONAL' };
  }

  @Post(':exchange')
  @HttpCode(200)
  @ApiOperation({ summary: 'Save an API key; the secret is readable in the vault only' })
  @Answers(200, saveKeyAnswer, 'saved; verify it next')
  @Refuses(
    'request.invalid',
    'request.content_type',
    'request.too_large',
    'exchange.unknown',
    'key.swapped',
    'sealing.mismatch',
    'rpc.unavailable',
    'rpc.timeout',
    'vault.sealed_secret_invalid',
    'vault.sealed_secret_stale',
    'vault.sealed_secret_mismatch',
    'vault.sealed_secret_replayed',
    'vault.api_key_format',
    'vault.api_secret_format',
    'vault.private_key_malformed',
    'vault.private_key_encrypted',
    'vault.private_key_unsupported',
    'vault.private_key_size',
    'vault.key_type_not_at_exchange',
    'vault.key_equals_secret',
    'vault.conflict',
  )
  async save(
    @CurrentRequest() request: UserRequest,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Body({ schema: saveKeyBody }) { apiKey, apiSecret, sealedSecret = '', environment }: z.output<typeof saveKeyBody>,
  ) {
    const venue = { exchange, environment, apiKey };
    const secret = apiSecret === undefined ? undefined : Buffer.from(apiSecret, 'utf8');
    const masked = await this.keys.save(request, secret ? { ...venue, apiSecret: secret } : { ...venue, sealedSecret });
    return { success: true, message: 'API key saved successfully', masked_key: masked };
  }

  @Post(':exchange/verify')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ask the exchange what the key may do; a key that can withdraw is refused' })
  @Answers(200, verifyKeyAnswer, 'the key may trade now')
  @Refuses('request.invalid', 'exchange.unknown', 'rpc.unavailable', 'rpc.timeout', ...verificationRefusals)
  async verify(
    @CurrentRequest() request: UserRequest,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Query({ schema: environmentQuery }) { environment }: EnvironmentQuery,
  ) {
    const verdict = await this.keys.verify(request, { exchange, environment });
    return { success: true, message: 'API key verified successfully', ...verifiedAnswer(verdict) };
  }

  @Get(':exchange/status')
  @ApiOperation({ summary: "The state of the caller's key" })
  @Answers(200, keyStatusAnswer, 'with or without a key')
  @Refuses('request.invalid', 'exchange.unknown', 'rpc.unavailable', 'rpc.timeout')
  async status(
    @CurrentCaller() caller: Caller,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Query({ schema: keyStatusQuery }) { environment, details }: KeyStatusQuery,
  ) {
    const key = await this.keys.status(caller, { exchange, environment });
    return { success: true, ...statusView(key, details === 'true') };
  }

  @Get(':exchange/history')
  @ApiOperation({
    summary: "What happened to the caller's keys there: each verification with what the key could do then, newest first",
  })
  @Answers(200, keyHistoryAnswer, 'a page')
  @Refuses('request.invalid', 'exchange.unknown', 'rpc.unavailable', 'rpc.timeout', 'vault.cursor_invalid')
  async history(
    @CurrentCaller() caller: Caller,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Query({ schema: keyHistoryQuery }) { environment, ...page }: z.output<typeof keyHistoryQuery>,
  ) {
    const { entries, nextCursor } = await this.keys.history(caller, { exchange, environment }, page);
    return { success: true, history: entries.map(historyView), nextCursor };
  }

  @Delete(':exchange')
  @ApiOperation({ summary: 'Forget the key; trading with it stops at once' })
  @Answers(200, doneAnswer, 'deleted')
  @Refuses(
    'request.invalid',
    'exchange.unknown',
    'rpc.unavailable',
    'rpc.timeout',
    'vault.credential_not_found',
    'vault.conflict',
  )
  async remove(
    @CurrentRequest() request: UserRequest,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Query({ schema: environmentQuery }) { environment }: EnvironmentQuery,
  ) {
    await this.keys.remove(request, { exchange, environment });
    return { success: true, message: 'API key deleted successfully' };
  }
}
