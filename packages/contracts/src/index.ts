export { consumerTable, type ConsumerDefinition } from './consumers.js';
export type { EventDefinition, RpcDefinition } from './define.js';
export { decodeEnvelope, envelope, type Envelope } from './envelope.js';
export { auditErrors, type AuditErrorCode } from './errors/audit.js';
export { gatewayErrors, type GatewayErrorCode } from './errors/gateway.js';
export { vaultErrors, type VaultErrorCode } from './errors/key-vault.js';
export { executorErrors, type ExecutorErrorCode } from './errors/trade-executor.js';
export {
  eventTable,
  isEventType,
  subjectOf,
  type AnyEvent,
  type EventData,
  type EventOf,
  type EventType,
  type EventTypeOf,
  type ServiceEvent,
} from './event-table.js';
export {
  accountSettings,
  expiryThresholdsDays,
  keyRefusals,
  keyReport,
  type AccountSettings,
  type KeyRefusal,
  type KeyReport,
} from './key-report.js';
export { partitionCount, partitionOf, partitionToken } from './partitions.js';
export { auditEntry, type AuditEntry } from './rpc/audit.js';
export {
  encryptionKeys,
  operatorAnswerMessage,
  retiredKey,
  rotationProgress,
  type EncryptionKeys,
  type RetiredKey,
  type RotationProgress,
} from './rpc/encryption-keys.js';
export {
  credentialHistoryEntry,
  credentialStatus,
  keyWarning,
  publicKeyMessage,
  sealingKeyMessage,
  signBatch,
  signedBatch,
  signItem,
  verificationResult,
  verificationVerdict,
  type CredentialHistoryEntry,
  type AttestedPublicKey,
  type CredentialStatus,
  type FreezeState,
  type KeyWarning,
  type SignBatch,
  type SignedBatch,
  type SignedReplyItem,
  type SignItem,
  type VerificationResult,
  type VerificationVerdict,
} from './rpc/key-vault.js';
export {
  legacyFormat,
  maxImportRows,
  maxImportTextLength,
  type ImportedRow,
  type ImportRow,
  type LegacyFormat,
  type LegacyKeyDerivation,
} from './rpc/key-vault-import.js';
export {
  following,
  riskLimits,
  timelineEntry,
  tradingHalt,
  tradeStatus,
  tradeView,
  type Following,
  type RiskLimits,
  type TimelineEntry,
  type TradeStatus,
  type TradeView,
  type TradingHalt,
} from './rpc/trade-executor.js';
export { replayPage, type ReplayPage } from './rpc/shared.js';
export {
  addressOf,
  ownerOf,
  patternOf,
  rpcReplyFrame,
  rpcTable,
  type RpcReply,
  type RpcReplyFrame,
  type RpcReplyInput,
  type RpcRequest,
  type RpcRequestInput,
  type RpcSubject,
} from './rpc-table.js';
export {
  callerNames,
  databaseOf,
  headSubjectOf,
  inboxPrefixOf,
  natsIdentities,
  publishingServices,
  serviceNames,
  streamOf,
  upperSnake,
  type CallerName,
  type NatsIdentity,
  type PublishingService,
  type ServiceName,
} from './services.js';
export { signal, signalAction, type Signal, type SignalAction } from './signal.js';
export { ContractError, toLatest, upcasters, type Upcaster, type Upcasters } from './upcast.js';
export {
  account,
  commandContext,
  credentialId,
  decimalString,
  environment,
  exchange,
  haltScope,
  instant,
  marketType,
  masterKeyId,
  operatorContext,
  origin,
  permissions,
  reason,
  side,
  signalId,
  signPurpose,
  sizing,
  sizingMode,
  strategyId,
  symbolList,
  tradeId,
  userId,
  type Account,
  type CommandContext,
  type Environment,
  type ExchangeName,
  type HaltScope,
  type HaltTarget,
  type KeyType,
  type MarketType,
  type Origin,
  type Permissions,
  type Side,
  type SignPurpose,
  type Sizing,
  type SymbolList,
} from './vocabulary.js';
