import type { RiskLimits } from '@latchkey/contracts';
import { Body, Controller, Get, HttpCode, Inject, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Caller } from '../../../app/caller.js';
import type { UserRequest } from '../../../app/command-context.js';
import type { RiskUseCases } from '../../../app/risk.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { CurrentCaller, CurrentRequest } from '../request-facts.js';
import { haltAnswer, resumeAnswer, riskLimitsAnswer } from '../schemas/answers.js';
import { haltBody, riskLimitsBody } from '../schemas/requests.js';
import { RISK } from '../tokens.js';

type HaltBody = z.output<typeof haltBody>;

const viewOf = ({ symbols, halts }: RiskLimits) => ({ success: true, limits: { symbols }, halts });

@ApiTags('Risk')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api')
export class RiskController {
  constructor(@Inject(RISK) private readonly risk: RiskUseCases) {}

  @Post('trading/halt')
  @HttpCode(200)
  @ApiOperation({ summary: 'Stop openings: the own, those of an own strategy, or (operators) all; what is open can be closed' })
  @Answers(200, haltAnswer, 'halted; `changed` is false where it was halted already, and the first reason stays')
  @Refuses('request.invalid', 'request.content_type', 'strategy.not_found', 'rpc.unavailable', 'rpc.timeout')
  async halt(@CurrentRequest() request: UserRequest, @Body({ schema: haltBody }) body: HaltBody) {
    return { success: true, ...(await this.risk.halt(request, body)) };
  }

  @Post('trading/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Let openings go on; alerts that came meanwhile stay denied' })
  @Answers(200, resumeAnswer, 'not halted any more; `changed` is false where it was not')
  @Refuses('request.invalid', 'request.content_type', 'strategy.not_found', 'rpc.unavailable', 'rpc.timeout')
  async resume(@CurrentRequest() request: UserRequest, @Body({ schema: haltBody }) body: HaltBody) {
    return { success: true, ...(await this.risk.resume(request, body)) };
  }

  @Get('risk-limits')
  @ApiOperation({ summary: 'What limits openings now: the own list of symbols, and every halt that concerns the caller' })
  @Answers(200, riskLimitsAnswer, 'what is in force')
  @Refuses('rpc.unavailable', 'rpc.timeout')
  async limits(@CurrentCaller() caller: Caller) {
    return viewOf(await this.risk.limits(caller));
  }

  @Put('risk-limits')
  @ApiOperation({ summary: 'The symbols that may be opened; null: all of them' })
  @Answers(200, riskLimitsAnswer, 'what is in force')
  @Refuses('request.invalid', 'request.content_type', 'not_supported', 'rpc.unavailable', 'rpc.timeout')
  async setLimits(
    @CurrentRequest() request: UserRequest,
    @Body({ schema: riskLimitsBody }) { symbols }: z.output<typeof riskLimitsBody>,
  ) {
    return viewOf(await this.risk.setLimits(request, symbols));
  }
}
