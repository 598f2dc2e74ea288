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

const viewOf = (limits: RiskLimits) => ({ success: true, ...limits });

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
  @ApiOperation({
    summary: 'What limits openings now: the own limits, and those of others and every halt that concern the caller',
  })
  @Answers(200, riskLimitsAnswer, 'what is in force')
  @Refuses('rpc.unavailable', 'rpc.timeout')
  async limits(@CurrentCaller() caller: Caller) {
    return viewOf(await this.risk.limits(caller));
  }

  @Put('risk-limits')
  @ApiOperation({
    summary: 'Limit openings: the own, those of an own strategy, or (operators) all',
    description:
      'A limit that is not named stays as it is; null lifts it. Limits of a user and of the platform are held against all that a user has, those of a strategy against what each follower has by it. Amounts are dollars: USDT, USDC and other coins that stand for one count alike, and while such a limit is in force nothing is opened that is quoted in something else. Orders whose outcome is not known count fully. What closes is never held up. A trade that a limit stood against is `denied`, and its `reason` names the limit.',
  })
  @Answers(200, riskLimitsAnswer, 'what is in force')
  @Refuses('request.invalid', 'request.content_type', 'strategy.not_found', 'not_supported', 'rpc.unavailable', 'rpc.timeout')
  async setLimits(
    @CurrentRequest() request: UserRequest,
    @Body({ schema: riskLimitsBody }) { scope, strategyId, ...changes }: z.output<typeof riskLimitsBody>,
  ) {
    return viewOf(await this.risk.setLimits(request, { scope, strategyId }, changes));
  }
}
