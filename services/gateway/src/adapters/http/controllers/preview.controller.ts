import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import type { Caller } from '../../../app/caller.js';
import type { FollowingUseCases } from '../../../app/followings.js';
import { followingView } from '../following-view.js';
import { Answers, Refuses, RefusesStrangers } from '../describe-answers.js';
import { CurrentCaller } from '../request-facts.js';
import { previewAnswer } from '../schemas/answers.js';
import { previewBody, strategyParam } from '../schemas/requests.js';
import { FOLLOWINGS } from '../tokens.js';

@ApiTags('Following')
@ApiBearerAuth()
@RefusesStrangers()
@Controller('api/strategies/:id/preview')
export class PreviewController {
  constructor(@Inject(FOLLOWINGS) private readonly followings: FollowingUseCases) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'What the caller would trade if this alert came now: sizes, values, denials and their reasons; nothing is traded',
    description:
      'Planned by what plans trades, at the prices, balances and limits of now. Orders of one alert are taken to be filled as a whole, without fees, one after the other.',
  })
  @Answers(200, previewAnswer, 'how the alert was understood, and what each of its actions would be')
  @Refuses(
    'request.invalid',
    'request.content_type',
    'request.too_large',
    'strategy.not_found',
    'following.not_found',
    'alert.malformed',
    'alert.placeholders_left',
    'alert.field_missing',
    'alert.field_invalid',
    'not_supported',
    'rpc.unavailable',
    'rpc.timeout',
  )
  async preview(
    @CurrentCaller() caller: Caller,
    @Param({ schema: strategyParam }) { id }: z.output<typeof strategyParam>,
    @Body({ schema: previewBody }) { alert }: z.output<typeof previewBody>,
  ) {
    const text = typeof alert === 'string' ? alert : JSON.stringify(alert);
    const { signal, warnings, trades, ...of } = await this.followings.preview(caller, id, text);
    return { success: true, following: followingView(of), signal, ...(warnings.length > 0 && { warnings }), trades };
  }
}
