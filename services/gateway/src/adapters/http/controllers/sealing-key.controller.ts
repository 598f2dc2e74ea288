import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { UserApiKeyUseCases } from '../../../app/user-api-keys.js';
import { Answers, Refuses } from '../describe-answers.js';
import { OpenButLimited } from '../guards.js';
import { sealingKeyAnswer } from '../schemas/answers.js';
import { USER_API_KEYS } from '../tokens.js';

@ApiTags('API keys')
@Controller('api/user-api-keys')
export class SealingKeyController {
  constructor(@Inject(USER_API_KEYS) private readonly keys: Pick<UserApiKeyUseCases, 'sealingKey'>) {}

  @Get('sealing-key')
  @OpenButLimited()
  @ApiOperation({ summary: "The vault's public key to seal an API secret to, signed by the vault" })
  @Answers(200, sealingKeyAnswer, 'the key that is in force now; it changes weekly')
  @Refuses('rpc.unavailable', 'rpc.timeout', 'sealing.key_untrusted', 'rate.limited')
  async sealingKey() {
    const { jwk, signed } = await this.keys.sealingKey();
    return { success: true, jwk, signed };
  }
}
