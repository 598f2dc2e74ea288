import { Module, type DynamicModule } from '@nestjs/common';
import { TradeExecutorController, USE_CASES } from './adapters/nats/trade-executor.controller.js';
import type { ExecutorUseCases } from './app/use-cases.js';

/** Joins what the executor does to what is asked over NATS. */
@Module({})
export class TradeExecutorModule {
  static with(useCases: ExecutorUseCases): DynamicModule {
    return {
      module: TradeExecutorModule,
      controllers: [TradeExecutorController],
      providers: [{ provide: USE_CASES, useValue: useCases }],
    };
  }
}
