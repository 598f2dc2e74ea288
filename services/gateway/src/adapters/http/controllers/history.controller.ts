import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Caller } from '../../../app/caller.js';
import type { TradingHistory } from '../../../app/trading-history.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { For } from '../guards.js';
import { CurrentCaller } from '../request-facts.js';
import { auditAnswer, performanceAnswer, positionsAnswer, signalAnswer, tradeAnswer, tradesAnswer } from '../schemas/answers.js';
import { auditQuery, performanceQuery, signalParam, tradeParam, tradesQuery } from '../schemas/requests.js';
import { TRADING_HISTORY } from '../tokens.js';

@ApiTags('Signals, trades, audit')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api')
export class HistoryController {
  constructor(@Inject(TRADING_HISTORY) private readonly history: TradingHistory) {}

  @Get('signals/:id')
  @ApiOperation({ summary: "A signal and the caller's trades from it; its strategy's owner also sees how many there were" })
  @Answers(200, signalAnswer, 'the signal')
  @Refuses('signal.not_found', 'rpc.unavailable', 'rpc.timeout')
  async signal(@CurrentCaller() caller: Caller, @Param({ schema: signalParam }) { id }: z.output<typeof signalParam>) {
    const { signal: row, traceId, fanOut, trades, total, counts } = await this.history.signal(caller, id);
    const { strategyId, sequence, receivedAt } = row;
    return {
      success: true,
      signal: { id, strategyId, sequence, receivedAt, traceId, ...row.signal },
      fanOut,
      pooledTrades: [],
      personalTrades: trades,
      totalTrades: total,
      ...(counts && { counts }),
    };
  }

  @Get('trades')
  @ApiOperation({ summary: "The caller's trades, newest first" })
  @Answers(200, tradesAnswer, 'a page')
  @Refuses('request.invalid', 'rpc.unavailable', 'rpc.timeout')
  async trades(@CurrentCaller() caller: Caller, @Query({ schema: tradesQuery }) page: z.output<typeof tradesQuery>) {
    const { trades, nextCursor } = await this.history.trades(caller, page);
    return { success: true, trades, nextCursor };
  }

  @Get('positions')
  @ApiOperation({
    summary: "What the caller's followings own by their own fills, and where an account holds something else",
    description:
      'A drift is shown, never traded away: the account was traded by hand or liquidated, or holds what Latchkey did not order. It ends by itself when the two agree again.',
  })
  @Answers(200, positionsAnswer, 'positions that are not flat, and drifts, the oldest first')
  @Refuses('rpc.unavailable', 'rpc.timeout')
  async positions(@CurrentCaller() caller: Caller) {
    return { success: true, ...(await this.history.positions(caller)) };
  }

  @Get('performance')
  @ApiOperation({
    summary: "What the caller's followings made, by their own fills at average cost",
    description:
      'Realised results count fees when they are taken: in the quote asset as they are, in the base asset at the price of their fill, in another at a public price of that moment; what nobody could value is told as `unvalued` and is in no result. `from` and `to` bound what was realised; what is owned, its average price and its unrealised result are those of now. Funding of contracts is no fill and not in here.',
  })
  @Answers(200, performanceAnswer, 'a page of followings, the totals and days of all of them')
  @Refuses('request.invalid', 'rpc.unavailable', 'rpc.timeout')
  async performance(
    @CurrentCaller() caller: Caller,
    @Query({ schema: performanceQuery }) filter: z.output<typeof performanceQuery>,
  ) {
    return { success: true, ...(await this.history.performance(caller, filter)) };
  }

  @Get('trades/:id')
  @ApiOperation({ summary: 'One own trade with its events' })
  @Answers(200, tradeAnswer, 'the trade')
  @Refuses('trade.not_found', 'rpc.unavailable', 'rpc.timeout')
  async trade(@CurrentCaller() caller: Caller, @Param({ schema: tradeParam }) { id }: z.output<typeof tradeParam>) {
    return { success: true, ...(await this.history.trade(caller, id)) };
  }

  @Get('audit')
  @For('user', 'operator', 'auditor')
  @ApiOperation({ summary: "The caller's own trail; auditors read everybody's" })
  @Answers(200, auditAnswer, 'a page, newest first')
  @Refuses('request.invalid', 'rpc.unavailable', 'rpc.timeout')
  async audit(@CurrentCaller() caller: Caller, @Query({ schema: auditQuery }) page: z.output<typeof auditQuery>) {
    const { entries, nextCursor } = await this.history.audit(caller, page);
    return { success: true, entries, nextCursor };
  }
}
