import 'reflect-metadata';
import { runService } from '@latchkey/service-kit';
import { tradeExecutorConfig } from './config.js';
import { start } from './start.js';

export const run = (): Promise<void> => runService({ service: 'trade-executor', configSchema: tradeExecutorConfig, start });
