import { randomBytes, randomUUID } from 'node:crypto';
import type { Account, CommandContext, MarketType, RpcReply, SignItem, VerificationResult } from '@latchkey/contracts';
import { createPool } from '@latchkey/event-store';
import { clientOrderIdOf, newId, tradeIdOf, type Leg, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';
import { generateMessageKeyJwk, loadMessageKey, sealSecret, type JWK } from '@latchkey/sealing';
import { database, manualClock, type ManualClock, type SpecDatabase } from '@latchkey/testkit';
import { Client, type Pool, type PoolClient } from 'pg';
import { createKeyring } from '../domain/encryption/keyring.js';
import type { LegacyCipher } from '../domain/legacy/legacy-cipher.js';
import { createVault, type Vault, type VaultOptions } from '../vault.js';

export const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const masterKey = (): Buffer => Buffer.from('00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210', 'hex');
export const otherMasterKey = (): Buffer =>
  Buffer.from('f0e1d2c3b4a5968778695a4b3c2d1e0f0123456789abcdeffedcba9876543210', 'hex');

export const thirdMasterKey = (): Buffer =>
  Buffer.from('1f2e3d4c5b6a798801234567890abcdef0123456789abcdeffedcba987654321', 'hex');

export const apiKeyOf = (letter: string): string => `${letter}KeY0`.padEnd(64, '1a2B');
export const apiSecretOf = (letter: string): string => `${letter}SeCr3t`.padEnd(64, '9z8Y');

export const contextOf = (userId: string): CommandContext => ({ actor: `user:${userId}`, correlationId: newId() });

type Rates = Pick<VaultOptions, 'credentialRate' | 'instanceRate'>;
type AnotherVault = Rates & {
  readonly current?: Buffer;
  readonly previous?: Buffer | readonly Buffer[];
  readonly legacy?: LegacyCipher;
  readonly log?: typeof quiet;
  /** Told the text of every statement that this vault's transactions run. */
  readonly watch?: (text: string) => void;
};

type Method = (...values: readonly unknown[]) => unknown;

/** `of`, with one method replaced; all others work on `of` itself. */
const replacing = <Of extends object>(of: Of, method: string, by: (original: Method) => Method): Of =>
  new Proxy(of, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const bound = member.bind(target) as Method;
      return name === method ? by(bound) : bound;
    },
  });

/** The same pool, telling what is asked in its transactions. */
const watchedPool = (pool: Pool, watch: (text: string) => void): Pool => {
  const watchedQuery =
    (query: Method): Method =>
    (asked, ...more) => {
      watch(typeof asked === 'string' ? asked : (asked as { readonly text: string }).text);
      return query(asked, ...more);
    };
  return replacing(pool, 'connect', (connect) => async () => replacing((await connect()) as PoolClient, 'query', watchedQuery));
};

/** A vault over a database of its own, with a clock that stands still. */
export type VaultFixture = {
  readonly db: SpecDatabase;
  readonly pool: Pool;
  readonly clock: ManualClock;
  /** The public half of the key that the vault signs with. */
  readonly publicMessageKey: JWK;
  readonly vault: Vault;
  /** Another process over the same database. */
  readonly another: (options?: AnotherVault) => Promise<Vault>;
  /** Statements as the database's superuser: what somebody who holds the database could do. */
  readonly tamper: (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  /** Types of the events of one kind of stream, oldest first. */
  readonly events: (prefix: string) => Promise<readonly { readonly type: string; readonly data: Record<string, unknown> }[]>;
  readonly close: () => Promise<void>;
};

export const vaultFixture = async (rates: Rates = {}): Promise<VaultFixture> => {
  const db = await database('key-vault');
  const pool = createPool({ url: db.url, applicationName: 'key-vault-spec', log: quiet });
  const admin = new Client({ connectionString: db.adminUrl });
  await admin.connect();
  const clock = manualClock(1_790_000_000_000);
  const messageKey = await loadMessageKey('key-vault', await generateMessageKeyJwk());
  const another: VaultFixture['another'] = async (of = {}) => {
    const { current = masterKey(), previous = [], legacy, log = quiet, watch, ...own } = of;
    const keys = createKeyring({ current, reading: [previous].flat(), random: randomBytes });
    const seen = watch ? watchedPool(pool, watch) : pool;
    const vault = createVault({ pool: seen, keys, legacy, messageKey, log, clock, ...rates, ...own });
    await vault.open();
    return vault;
  };
  return {
    db,
    pool,
    clock,
    publicMessageKey: messageKey.publicJwk,
    vault: await another(),
    another,
    tamper: async (sql, values = []) => (await admin.query<Record<string, unknown>>(sql, [...values])).rows,
    events: async (prefix) =>
      (
        await admin.query<{ type: string; data: Record<string, unknown> }>(
          'select type, data from events where stream_id like $1 order by position',
          [`${prefix}%`],
        )
      ).rows,
    close: async () => {
      await admin.end();
      await pool.end();
      await db.drop();
    },
  };
};

export const accountOf = (userId: string, more: Partial<Account> = {}): Account => ({
  userId: userId as UserId,
  exchange: 'binance',
  environment: 'live',
  ...more,
});

/** Seals as a browser would, with the vault's own public key. */
export const sealFor = async (
  { vault, clock }: Pick<VaultFixture, 'vault' | 'clock'>,
  account: Account,
  letter: string,
  header: Partial<{ sub: string; exchange: string; environment: string; apiKey: string }> = {},
): Promise<string> => {
  const { jwk } = await vault.sealingKey();
  return sealSecret({
    recipient: jwk,
    header: {
      sub: account.userId,
      exchange: account.exchange,
      environment: account.environment,
      apiKey: apiKeyOf(letter),
      ...header,
    },
    secret: Buffer.from(apiSecretOf(letter)),
    clock,
  });
};

export const save = async (fixture: Pick<VaultFixture, 'vault' | 'clock'>, account: Account, letter = 'A') =>
  fixture.vault.saveCredential({
    ...account,
    sealedSecret: await sealFor(fixture, account, letter),
    context: contextOf(account.userId),
  });

export const goodKey: Extract<VerificationResult, { outcome: 'reported' }> = {
  outcome: 'reported',
  permissions: { canRead: true, canTrade: true, canWithdraw: false },
  granted: ['enableReading', 'enableSpotAndMarginTrading'],
  ipRestricted: true,
};

export const goodBybitKey: typeof goodKey = {
  ...goodKey,
  granted: ['ContractTrade:Order', 'ContractTrade:Position', 'Spot:SpotTrade', 'Derivatives:DerivativesTrade'],
};

export const windowOf = ({ clock }: Pick<VaultFixture, 'clock'>, shiftMs = 0): string =>
  `timestamp=${clock.now() + shiftMs}&recvWindow=5000`;

export const sign = (fixture: Pick<VaultFixture, 'vault'>, items: readonly SignItem[], requestId: string = randomUUID()) =>
  fixture.vault.signStrings({ items: [...items], context: contextOf('executor') }, 'trade-executor', requestId);

export const signOne = async (fixture: Pick<VaultFixture, 'vault'>, item: SignItem) => (await sign(fixture, [item])).items[0];

export const verifyItem = (
  fixture: VaultFixture,
  account: Account,
  verificationId: string,
  payload = account.exchange === 'bybit' ? `${fixture.clock.now()}{apiKey}5000` : windowOf(fixture),
): SignItem => ({
  ...account,
  marketType: 'spot',
  purpose: 'verify',
  payload,
  verificationId,
});

/** Saves and verifies, as gateway and executor would. */
export const verify = async (
  fixture: VaultFixture,
  account: Account,
  result: VerificationResult = goodKey,
): Promise<RpcReply<'cmd.key-vault.complete-verification'>> => {
  const context = contextOf(account.userId);
  const { verificationId } = await fixture.vault.beginVerification({ ...account, context });
  await signOne(fixture, verifyItem(fixture, account, verificationId));
  return fixture.vault.completeVerification({ verificationId, result, context });
};

export const readItem = (fixture: Pick<VaultFixture, 'clock'>, account: Account): SignItem => ({
  ...account,
  marketType: 'spot',
  purpose: 'read',
  payload: windowOf(fixture),
});

/** A market order for one trade of that account. */
export const openItem = (
  fixture: Pick<VaultFixture, 'clock'>,
  account: Account,
  {
    signalId = newId<SignalId>(),
    strategyId = newId<StrategyId>(),
    attempt = 1,
    amount = '100',
  }: { signalId?: SignalId; strategyId?: StrategyId; attempt?: number; amount?: string } = {},
): SignItem => {
  const tradeId = tradeIdOf({ signalId, actionIndex: 0, ...account });
  const clientOrderId = clientOrderIdOf(tradeId, 'e0' as Leg);
  const order = `symbol=BTCUSDT&side=BUY&newClientOrderId=${clientOrderId}&newOrderRespType=FULL&type=MARKET&quoteOrderQty=${amount}`;
  return {
    ...account,
    marketType: 'spot',
    purpose: 'open',
    payload: `timestamp=${fixture.clock.now()}&${order}&recvWindow=5000`,
    trade: { tradeId, signalId, strategyId, actionIndex: 0, leg: 'e0', attempt },
  };
};

/** The same at Bybit, whose strings have a mark where the API key belongs. */
export const openBybitItem = (fixture: Pick<VaultFixture, 'clock'>, account: Account, marketType: MarketType): SignItem => {
  const { trade, ...item } = openItem(fixture, account);
  const order = {
    symbol: 'BTCUSDT',
    side: 'Buy',
    orderType: 'Market',
    category: marketType,
    qty: '0.01',
    orderLinkId: clientOrderIdOf(trade!.tradeId, 'e0' as Leg),
    ...(marketType === 'spot' && { marketUnit: 'baseCoin' }),
  };
  return { ...item, trade, marketType, payload: `${fixture.clock.now()}{apiKey}5000${JSON.stringify(order)}` };
};
