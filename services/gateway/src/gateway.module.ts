import type { Relay } from '@latchkey/event-store';
import type { Clock } from '@latchkey/kernel';
import type { Health } from '@latchkey/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Pool } from 'pg';
import { FollowingsController } from './adapters/http/controllers/followings.controller.js';
import { HistoryController } from './adapters/http/controllers/history.controller.js';
import { PaperAccountsController } from './adapters/http/controllers/paper-accounts.controller.js';
import { PlatformController, type PlatformSettings } from './adapters/http/controllers/platform.controller.js';
import { PreviewController } from './adapters/http/controllers/preview.controller.js';
import { RiskController } from './adapters/http/controllers/risk.controller.js';
import { SealingKeyController } from './adapters/http/controllers/sealing-key.controller.js';
import { StrategiesController } from './adapters/http/controllers/strategies.controller.js';
import { UserApiKeysController } from './adapters/http/controllers/user-api-keys.controller.js';
import { VaultBornKeysController } from './adapters/http/controllers/vault-born-keys.controller.js';
import { WebhooksController } from './adapters/http/controllers/webhooks.controller.js';
import { AccessGuard } from './adapters/http/guards.js';
import * as tokens from './adapters/http/tokens.js';
import { createAlertStore } from './adapters/postgres/alerts.js';
import { createGatewayEventStore } from './adapters/postgres/event-log.js';
import { createOrigins } from './adapters/postgres/origins.js';
import type { RateLimiter } from './adapters/postgres/rate-limiter.js';
import { createSignalStore } from './adapters/postgres/signals.js';
import { createStrategyStore } from './adapters/postgres/strategies.js';
import { GatewayRpcController } from './adapters/rpc/gateway-rpc.controller.js';
import type { Caller } from './app/caller.js';
import { createEgressAddresses } from './app/egress-addresses.js';
import { createFollowings } from './app/followings.js';
import { createPaperAccounts } from './app/paper-accounts.js';
import type { Rpc, Sealer, VouchedKeys } from './app/ports.js';
import { createRisk } from './app/risk.js';
import { createStrategies } from './app/strategies.js';
import { takeAlert } from './app/take-alert.js';
import { createTradingHistory } from './app/trading-history.js';
import { createUserApiKeys } from './app/user-api-keys.js';
import { createVaultBornKeys } from './app/vault-born-keys.js';
import { tracedAlerts } from './telemetry/traced-alerts.js';

/** What the module does not make itself: connections, clocks and whatever else has a life of its own. */
export type GatewayParts = {
  readonly pool: Pool;
  readonly rpc: Rpc;
  readonly sealer: Sealer;
  readonly vouched: VouchedKeys;
  readonly relay: Pick<Relay, 'wake' | 'replay'>;
  readonly health: Health;
  readonly limiter: Pick<RateLimiter, 'consume'>;
  readonly verifyToken: (token: string) => Promise<Caller>;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly settings: PlatformSettings;
};

@Module({})
class GatewayModule {}

/** The one place where adapters meet ports. */
export const gatewayModule = (parts: GatewayParts): DynamicModule => {
  const { pool, rpc, sealer, vouched, relay, clock, publicUrl } = parts;
  const store = createGatewayEventStore(clock);
  const origins = createOrigins(pool);
  const strategies = createStrategyStore({ pool, store, wakeRelay: relay.wake });
  const alerts = tracedAlerts(createAlertStore({ pool, store, clock, wakeRelay: relay.wake }));
  const userApiKeys = createUserApiKeys({ rpc, sealer, origins });
  const strategyUseCases = createStrategies({ strategies, alerts, origins, publicUrl });
  const given = (provide: symbol, useValue: unknown) => ({ provide, useValue });
  return {
    module: GatewayModule,
    controllers: [
      SealingKeyController,
      UserApiKeysController,
      VaultBornKeysController,
      StrategiesController,
      FollowingsController,
      PaperAccountsController,
      PreviewController,
      RiskController,
      WebhooksController,
      HistoryController,
      PlatformController,
      GatewayRpcController,
    ],
    providers: [
      given(tokens.VERIFY_TOKEN, parts.verifyToken),
      given(tokens.RATE_LIMITER, parts.limiter),
      given(tokens.CLOCK, clock),
      given(tokens.HEALTH, parts.health),
      given(tokens.SETTINGS, parts.settings),
      given(tokens.EGRESS_ADDRESSES, createEgressAddresses({ rpc, configured: parts.settings.egressAddresses })),
      given(tokens.ORIGINS, origins),
      given(tokens.RELAY, relay),
      given(tokens.USER_API_KEYS, userApiKeys),
      given(tokens.VAULT_BORN_KEYS, createVaultBornKeys({ rpc, vouched, origins, verify: userApiKeys.verify })),
      given(tokens.STRATEGIES, strategyUseCases),
      given(tokens.RISK, createRisk({ rpc, origins, strategies: strategyUseCases })),
      given(tokens.FOLLOWINGS, createFollowings({ rpc, strategies, origins })),
      given(tokens.PAPER_ACCOUNTS, createPaperAccounts({ rpc, origins })),
      given(tokens.TAKE_ALERT, takeAlert({ strategies, alerts, clock })),
      given(tokens.TRADING_HISTORY, createTradingHistory({ rpc, signals: createSignalStore(pool) })),
      { provide: APP_GUARD, useClass: AccessGuard },
    ],
  };
};
