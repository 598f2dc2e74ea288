import 'reflect-metadata';
import { runService } from '@latchkey/service-kit';
import { auditConfig } from './config.js';
import { start } from './start.js';

export const run = (): Promise<void> => runService({ service: 'audit', configSchema: auditConfig, start });
