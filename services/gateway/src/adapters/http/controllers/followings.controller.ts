import { Body, Controller, Delete, Get, Inject, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Caller } from '../../../app/caller.js';
import type { UserRequest } from '../../../app/command-context.js';
import type { FollowingUseCases } from '../../../app/followings.js';
import { followingView } from '../following-view.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { CurrentCaller, CurrentRequest } from '../request-facts.js';
import { doneAnswer, followAnswer } from '../schemas/answers.js';
import { followBody, strategyParam } from '../schemas/requests.js';
import { FOLLOWINGS } from '../tokens.js';

type StrategyParam = z.output<typeof strategyParam>;

@ApiTags('Following')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api/strategies/:id/follow')
export class FollowingsController {
  constructor(@Inject(FOLLOWINGS) private readonly followings: FollowingUseCases) {}

  @Put()
  @ApiOperation({ summary: 'Follow a strategy with the own key; applies to signals received after the answer' })
  @Answers(200, followAnswer, 'the setting')
  @Refuses(
    'request.invalid',
    'request.content_type',
    'request.too_large',
    'strategy.not_found',
    'not_supported',
    'rpc.unavailable',
    'rpc.timeout',
    'following.not_supported',
    'following.size_invalid',
    'following.account_shared',
  )
  async set(
    @CurrentRequest() request: UserRequest,
    @Param({ schema: strategyParam }) { id }: StrategyParam,
    @Body({ schema: followBody }) body: z.output<typeof followBody>,
  ) {
    const { exchange, environment, marketType, sizing, enabled, shared, leverage, limits } = body;
    const { mode, value } = sizing;
    const size = value === undefined ? { mode } : { mode, value };
    const settings = {
      exchange,
      environment,
      marketType,
      enabled,
      sizing: size,
      ...(shared && { shared }),
      ...(leverage !== undefined && { leverage }),
      ...(limits?.maxLeverage !== undefined && { limits: { maxLeverage: limits.maxLeverage } }),
    };
    return { success: true, following: followingView(await this.followings.set(request, id, settings)) };
  }

  @Get()
  @ApiOperation({ summary: 'How the caller follows this strategy' })
  @Answers(200, followAnswer, 'the setting')
  @Refuses('strategy.not_found', 'following.not_found', 'rpc.unavailable', 'rpc.timeout')
  async get(@CurrentCaller() caller: Caller, @Param({ schema: strategyParam }) { id }: StrategyParam) {
    return { success: true, following: followingView(await this.followings.get(caller, id)) };
  }

  @Delete()
  @ApiOperation({ summary: 'Stop following; trades under way are finished' })
  @Answers(200, doneAnswer, 'no longer followed')
  @Refuses('strategy.not_found', 'following.not_found', 'rpc.unavailable', 'rpc.timeout')
  async remove(@CurrentRequest() request: UserRequest, @Param({ schema: strategyParam }) { id }: StrategyParam) {
    await this.followings.remove(request, id);
    return { success: true, message: 'You no longer follow this strategy' };
  }
}
