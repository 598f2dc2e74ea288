import 'reflect-metadata';
import { runService } from '@latchkey/service-kit';
import { tradeExecutorConfig } from './config.js';
import { start } from './start.js';

await runService({ service: 'trade-executor', configSchema: tradeExecutorConfig, start });
