import type {
  AttestedPublicKey,
  CommandContext,
  MissedAlert,
  Origin,
  RpcReply,
  RpcRequestInput,
  RpcSubject,
  Signal,
} from '@latchkey/contracts';
import type { SignalId, StrategyId, Traceparent, UserId } from '@latchkey/kernel';
import type { RefusalCode } from '../domain/alert/refusal.js';
import type { Sameness } from '../domain/alert/alert-key.js';
import type { WebhookToken } from '../domain/strategy/webhook-token.js';

/** Questions and commands to the other services. Throws `rpc.*` naming the part that is away, or the owner's own refusal. */
export type Rpc = {
  readonly call: <Subject extends RpcSubject>(subject: Subject, request: RpcRequestInput<Subject>) => Promise<RpcReply<Subject>>;
};

/** Where a request comes from; personal, so it stays in one table. */
export type RequestSource = { readonly address: string; readonly userAgent: string };

export type Origins = {
  readonly record: (actor: string, source: RequestSource) => Promise<Origin>;
  readonly find: (originId: string) => Promise<(RequestSource & { readonly salt: string }) | undefined>;
};

export type StrategyRow = {
  readonly id: StrategyId;
  readonly ownerId: UserId;
  readonly name: string;
  readonly createdAt: string;
  readonly deleted: boolean;
};

export type Page = { readonly cursor?: string | undefined; readonly limit: number };
export type PageOf<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null };

export type Strategies = {
  readonly create: (
    strategy: Pick<StrategyRow, 'id' | 'ownerId' | 'name'>,
    token: WebhookToken,
    context: CommandContext,
  ) => Promise<void>;
  /** `undefined`: the owner has no such strategy. */
  readonly rotateToken: (
    id: StrategyId,
    ownerId: UserId,
    token: WebhookToken,
    context: CommandContext,
  ) => Promise<StrategyRow | undefined>;
  readonly remove: (id: StrategyId, ownerId: UserId, context: CommandContext) => Promise<StrategyRow | undefined>;
  /** Deleted ones too: their followers may still leave. */
  readonly find: (id: StrategyId) => Promise<StrategyRow | undefined>;
  readonly list: (ownerId: UserId, page: Page) => Promise<PageOf<StrategyRow>>;
  readonly byToken: (token: WebhookToken) => Promise<StrategyRow | undefined>;
};

/** An alert that was understood, to become a signal unless it is one already. */
export type AlertToTake = {
  readonly signalId: SignalId;
  readonly strategyId: StrategyId;
  readonly ownerId: UserId;
  readonly receivedAtMs: number;
  readonly sameness: Sameness;
  readonly bodyDigest: string;
  readonly signal: Signal;
  readonly context: CommandContext;
  /** After this moment nobody waits any more, so it is not stored. */
  readonly deadlineMs: number;
};

export type Taken =
  | { readonly outcome: 'accepted'; readonly signalId: SignalId; readonly missed?: MissedAlert }
  | { readonly outcome: 'duplicate'; readonly signalId: SignalId }
  | { readonly outcome: 'key_reused' }
  /** The strategy was deleted meanwhile. */
  | { readonly outcome: 'gone' };

export type AlertToRefuse = {
  readonly strategyId: StrategyId;
  readonly ownerId: UserId;
  readonly receivedAtMs: number;
  readonly code: RefusalCode;
  readonly message: string;
  readonly field?: string;
  readonly bodyDigest: string;
  readonly context: CommandContext;
};

/** What a strategy's owner sees of an alert. */
export type AlertRow = {
  readonly id: string;
  readonly receivedAt: string;
  readonly status: 'accepted' | 'refused';
  readonly signalId?: SignalId;
  readonly duplicates?: number;
  readonly missed?: MissedAlert;
  readonly code?: string;
  readonly message?: string;
  readonly field?: string;
};

export type Alerts = {
  /** In order of arrival within a strategy; four deliveries of one alert at the same time are one signal. */
  readonly take: (alert: AlertToTake) => Promise<Taken>;
  readonly refuse: (alert: AlertToRefuse) => Promise<void>;
  readonly findByKey: (strategyId: StrategyId, key: string) => Promise<SignalId | undefined>;
  readonly list: (strategyId: StrategyId, page: Page) => Promise<PageOf<AlertRow>>;
};

export type SignalRow = {
  readonly id: SignalId;
  readonly strategyId: StrategyId;
  readonly ownerId: UserId;
  readonly sequence: number;
  readonly receivedAt: string;
  readonly signal: Signal;
  readonly traceparent: Traceparent;
};

export type Signals = { readonly find: (id: SignalId) => Promise<SignalRow | undefined> };

/** Seals a secret to the vault's current sealing key, which must be signed by a vault that we trust; the bytes are wiped. */
export type Sealer = {
  readonly sealingKey: () => Promise<RpcReply<'qry.key-vault.sealing-key'>>;
  readonly seal: (
    header: { sub: string; exchange: string; environment: string; apiKey: string },
    secret: Uint8Array,
  ) => Promise<string>;
  /** The vault did not open what was sealed to the key at hand: the next one is fetched anew. */
  readonly forgetKey: () => void;
};

export type VouchedKeys = {
  /** @throws {GatewayError} `public_key.untrusted`: no vault that we know says that this is the account's public key */
  readonly check: (signed: string, expected: AttestedPublicKey) => Promise<void>;
};
