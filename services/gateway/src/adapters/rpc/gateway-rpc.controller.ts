import type { RpcReplyInput, RpcRequest } from '@latchkey/contracts';
import type { Relay } from '@latchkey/event-store';
import { Rpc } from '@latchkey/messaging';
import { Controller, Inject } from '@nestjs/common';
import type { Origins } from '../../app/ports.js';
import { ORIGINS, RELAY } from '../http/tokens.js';

/** What other services ask of the gateway. */
@Controller()
export class GatewayRpcController {
  constructor(
    @Inject(ORIGINS) private readonly origins: Pick<Origins, 'find'>,
    @Inject(RELAY) private readonly relay: Pick<Relay, 'replay'>,
  ) {}

  /** `null`s: the row was erased, and with it the person. */
  @Rpc('qry.gateway.origin')
  async origin({ originId }: RpcRequest<'qry.gateway.origin'>): Promise<RpcReplyInput<'qry.gateway.origin'>> {
    const origin = await this.origins.find(originId);
    return { address: origin?.address ?? null, userAgent: origin?.userAgent ?? null, salt: origin?.salt ?? null };
  }

  @Rpc('cmd.gateway.replay')
  replay(request: RpcRequest<'cmd.gateway.replay'>): Promise<RpcReplyInput<'cmd.gateway.replay'>> {
    return this.relay.replay(request);
  }
}
