import { DeadlineError, type Clock, withDeadline } from '@latchkey/kernel';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { AlertAnswer, takeAlert } from '../../../app/take-alert.js';
import { AlertError, refusal } from '../../../app/errors.js';
import { isDatabaseAway } from '../../postgres/database-away.js';
import { Answers, Refuses } from '../describe-answers.js';
import { Open } from '../guards.js';
import { traceparentOf } from '../request-facts.js';
import { alertAnswer } from '../schemas/answers.js';
import { CLOCK, TAKE_ALERT } from '../tokens.js';

// TradingView hangs up after 3 s and does not re-send then; a 503 before that makes it send the same bytes again.
const answerWithinMs = 1_800;

@ApiTags('Webhooks')
@Controller('api/webhooks/tradingview')
export class WebhooksController {
  constructor(
    @Inject(TAKE_ALERT) private readonly take: ReturnType<typeof takeAlert>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post(':token')
  @HttpCode(202)
  @Open()
  @ApiOperation({ summary: 'An alert, as JSON under any content type' })
  @ApiParam({ name: 'token', description: "from the strategy's webhookUrl", schema: { type: 'string' } })
  @ApiBody({
    description: 'our own fields: README, "Alerts"; messages of 3Commas and OKX signal bots: docs/alerts.md',
    schema: { type: 'object', additionalProperties: true },
  })
  @Answers(202, alertAnswer, 'stored; `duplicate`: this alert was stored before, under the same signalId')
  @Refuses(
    'webhook.not_found',
    'alert.malformed',
    'alert.placeholders_left',
    'alert.field_missing',
    'alert.field_invalid',
    'not_supported',
    'signal.stale',
    'signal.key_reused',
    'request.too_large',
    'alert.not_stored',
  )
  // The whole request and no @Param, @Body: nothing of either may reach an interceptor, a pipe's error or a log.
  async receive(@Req() request: FastifyRequest) {
    const { token = '' } = request.params as { readonly token?: string };
    const body = typeof request.body === 'string' ? request.body : '';
    const answer = await this.inTime({
      token,
      body,
      traceparent: traceparentOf(request),
      deadlineMs: this.clock.now() + answerWithinMs,
    });
    switch (answer.outcome) {
      case 'no_such_webhook':
        throw refusal('webhook.not_found');
      case 'refused':
        throw new AlertError(answer.refusal);
      default: {
        const { signalId, outcome, warnings } = answer;
        return { success: true, signalId, status: outcome, ...(warnings.length > 0 && { warnings }) };
      }
    }
  }

  private async inTime(request: Parameters<ReturnType<typeof takeAlert>>[0]): Promise<AlertAnswer> {
    try {
      return await withDeadline('storing the alert', answerWithinMs, () => this.take(request));
    } catch (error) {
      if (error instanceof DeadlineError || isDatabaseAway(error)) throw refusal('alert.not_stored');
      throw error;
    }
  }
}
