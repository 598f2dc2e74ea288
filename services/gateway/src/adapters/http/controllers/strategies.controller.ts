import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Caller } from '../../../app/caller.js';
import type { UserRequest } from '../../../app/command-context.js';
import type { StrategyRow } from '../../../app/ports.js';
import type { StrategyUseCases } from '../../../app/strategies.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { CurrentCaller, CurrentRequest } from '../request-facts.js';
import { alertsAnswer, doneAnswer, strategiesAnswer, strategyAnswer, strategyWithUrlAnswer } from '../schemas/answers.js';
import { createStrategyBody, pageQuery, strategyParam } from '../schemas/requests.js';
import { STRATEGIES } from '../tokens.js';

type StrategyParam = z.output<typeof strategyParam>;
type PageQuery = z.output<typeof pageQuery>;

const viewOf = ({ id, name, createdAt }: StrategyRow) => ({ id, name, createdAt });

@ApiTags('Strategies')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api/strategies')
export class StrategiesController {
  constructor(@Inject(STRATEGIES) private readonly strategies: StrategyUseCases) {}

  @Post()
  @ApiOperation({ summary: 'Create a strategy and get its webhook address, this once' })
  @Answers(201, strategyWithUrlAnswer, 'created; keep the address, its token is stored as a hash only')
  @Refuses('request.invalid', 'request.content_type', 'request.too_large', 'storage.unavailable')
  async create(
    @CurrentRequest() request: UserRequest,
    @Body({ schema: createStrategyBody }) { name }: z.output<typeof createStrategyBody>,
  ) {
    return { success: true, strategy: await this.strategies.create(request, name) };
  }

  @Get()
  @ApiOperation({ summary: "The caller's own strategies, newest first" })
  @Answers(200, strategiesAnswer, 'a page')
  @Refuses('request.invalid', 'storage.unavailable')
  async list(@CurrentCaller() caller: Caller, @Query({ schema: pageQuery }) page: PageQuery) {
    const { items, nextCursor } = await this.strategies.list(caller, page);
    return { success: true, strategies: items.map(viewOf), nextCursor };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One own strategy' })
  @Answers(200, strategyAnswer, 'the strategy')
  @Refuses('strategy.not_found', 'storage.unavailable')
  async get(@CurrentCaller() caller: Caller, @Param({ schema: strategyParam }) { id }: StrategyParam) {
    return { success: true, strategy: viewOf(await this.strategies.own(caller, id)) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete a strategy; its webhook address stops working at once' })
  @Answers(200, doneAnswer, 'deleted')
  @Refuses('strategy.not_found', 'storage.unavailable')
  async remove(@CurrentRequest() request: UserRequest, @Param({ schema: strategyParam }) { id }: StrategyParam) {
    await this.strategies.remove(request, id);
    return { success: true, message: 'Strategy deleted successfully' };
  }

  @Post(':id/rotate-token')
  @HttpCode(200)
  @ApiOperation({ summary: 'Replace the webhook address; the old one stops working at once' })
  @Answers(200, strategyWithUrlAnswer, 'the new address, this once')
  @Refuses('strategy.not_found', 'storage.unavailable')
  async rotateToken(@CurrentRequest() request: UserRequest, @Param({ schema: strategyParam }) { id }: StrategyParam) {
    return { success: true, strategy: await this.strategies.rotateToken(request, id) };
  }

  @Get(':id/alerts')
  @ApiOperation({ summary: 'Recent alerts of an own strategy, refused ones with the reason' })
  @Answers(200, alertsAnswer, 'a page, newest first')
  @Refuses('request.invalid', 'strategy.not_found', 'storage.unavailable')
  async alerts(
    @CurrentCaller() caller: Caller,
    @Param({ schema: strategyParam }) { id }: StrategyParam,
    @Query({ schema: pageQuery }) page: PageQuery,
  ) {
    const { items, nextCursor } = await this.strategies.alerts(caller, id, page);
    return { success: true, alerts: items, nextCursor };
  }
}
