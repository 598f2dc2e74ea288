import { Body, Controller, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Caller } from '../../../app/caller.js';
import type { UserRequest } from '../../../app/command-context.js';
import type { PaperAccountUseCases } from '../../../app/paper-accounts.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { CurrentCaller, CurrentRequest } from '../request-facts.js';
import { paperAccountAnswer } from '../schemas/answers.js';
import { exchangeParam, paperBalancesBody } from '../schemas/requests.js';
import { PAPER_ACCOUNTS } from '../tokens.js';

type ExchangeParam = z.output<typeof exchangeParam>;

@ApiTags('Following')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api/paper-accounts/:exchange')
export class PaperAccountsController {
  constructor(@Inject(PAPER_ACCOUNTS) private readonly accounts: PaperAccountUseCases) {}

  @Get()
  @ApiOperation({ summary: 'What the caller has on paper at an exchange: 100,000 USDT in each market to begin with' })
  @Answers(200, paperAccountAnswer, 'balances and positions by market')
  @Refuses('request.invalid', 'rpc.unavailable', 'rpc.timeout')
  async find(@CurrentCaller() caller: Caller, @Param({ schema: exchangeParam }) { exchange }: ExchangeParam) {
    return { success: true, exchange, ...(await this.accounts.find(caller, exchange)) };
  }

  @Put()
  @ApiOperation({ summary: 'Sets what a paper account has of the assets that are named; positions and orders stay' })
  @Answers(200, paperAccountAnswer, 'balances and positions by market')
  @Refuses('request.invalid', 'request.content_type', 'rpc.unavailable', 'rpc.timeout')
  async set(
    @CurrentRequest() request: UserRequest,
    @Param({ schema: exchangeParam }) { exchange }: ExchangeParam,
    @Body({ schema: paperBalancesBody }) body: z.output<typeof paperBalancesBody>,
  ) {
    return { success: true, exchange, ...(await this.accounts.setBalances(request, exchange, body)) };
  }
}
