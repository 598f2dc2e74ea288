/** The four deployables. A service's name is also its NATS identity, its message key's `iss` and its source in envelopes. */
export const serviceNames = ['gateway', 'key-vault', 'trade-executor', 'audit'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Services that append events and therefore own a stream and a relay; audit records what others publish. */
export const publishingServices = ['gateway', 'key-vault', 'trade-executor'] as const satisfies readonly ServiceName[];
export type PublishingService = (typeof publishingServices)[number];

/** Who may ask something over NATS: the services, and the operator's command line. Each has a message key, its name is that key's `iss`. */
export const callerNames = [...serviceNames, 'operator'] as const;
export type CallerName = (typeof callerNames)[number];

/** Every NATS user: the callers, the provisioner of streams and durables, and the observer who may read everything in development. */
export const natsIdentities = [...callerNames, 'provisioner', 'observer'] as const;
export type NatsIdentity = (typeof natsIdentities)[number];

/** `trade-executor` → `TRADE_EXECUTOR`, as environment variables and stream names write it. */
export const upperSnake = (name: string): string => name.toUpperCase().replaceAll('-', '_');

/** `trade-executor` → `trade_executor`: the service's Postgres database and role. */
export const databaseOf = (service: ServiceName): string => service.replaceAll('-', '_');

/** The JetStream stream that carries a service's events. */
export const streamOf = (service: PublishingService): string => `EVENTS_${upperSnake(service)}`;

/** Where an identity receives replies; only responders to its own calls may publish there. */
export const inboxPrefixOf = (identity: NatsIdentity): string => `_INBOX_${identity}`;

/** Where a relay announces its newest `logseq` every 2 s. */
export const headSubjectOf = (service: PublishingService): string => `head.${service}`;
