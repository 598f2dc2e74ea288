import 'reflect-metadata';
import { runService } from '@latchkey/service-kit';
import { gatewayConfig } from './config.js';
import { start } from './start.js';

export const run = (): Promise<void> => runService({ service: 'gateway', configSchema: gatewayConfig, start });
