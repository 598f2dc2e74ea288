import { publishingServices, type PublishingService, type ServiceName } from './services.js';

/** A durable pull consumer: who reads whose events. The provisioner makes them, permissions name them exactly. */
export type ConsumerDefinition = {
  readonly durable: string;
  readonly service: ServiceName;
  readonly source: PublishingService;
  readonly filter: string;
};

const audited: readonly ConsumerDefinition[] = publishingServices.map((source) => ({
  durable: `audit-${source}`,
  service: 'audit',
  source,
  filter: `evt.${source}.>`,
}));

/** Every durable consumer there is. */
export const consumerTable: readonly ConsumerDefinition[] = [
  { durable: 'trade-executor-signals', service: 'trade-executor', source: 'gateway', filter: 'evt.gateway.signal.received.>' },
  { durable: 'key-vault-halts', service: 'key-vault', source: 'trade-executor', filter: 'evt.trade-executor.risk.>' },
  ...audited,
];
