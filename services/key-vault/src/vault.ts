import { randomBytes } from 'node:crypto';
import { createEventStore, readDeadLetters, type OnParked, type RelayOptions } from '@latchkey/event-store';
import { newId, systemClock, type Clock } from '@latchkey/kernel';
import type { MessageKey } from '@latchkey/sealing';
import type { Pool } from 'pg';
import { createCredentialHistory } from './adapters/postgres/credential-history.js';
import { createCredentials } from './adapters/postgres/credentials.js';
import { createFreezeSwitch } from './adapters/postgres/freeze-switch.js';
import { projectImported } from './adapters/postgres/imported-events.js';
import { createEncryptedRows } from './adapters/postgres/encrypted-rows.js';
import { createFingerprintKeys } from './adapters/postgres/fingerprint-keys.js';
import { groupedReads } from './adapters/postgres/grouped-reads.js';
import { createKeyPairs } from './adapters/postgres/key-pairs.js';
import { createMasterKeys } from './adapters/postgres/master-keys.js';
import { createSealingKeys } from './adapters/postgres/sealing-keys.js';
import { createSentinels } from './adapters/postgres/sentinels.js';
import { createSigningRecord } from './adapters/postgres/signing-record.js';
import { recordParkedRule } from './adapters/postgres/parked-rules.js';
import { keepTradingRules } from './adapters/postgres/trading-rules.js';
import { createVerificationQueue } from './adapters/postgres/verification-queue.js';
import { createWrapCounts } from './adapters/postgres/wrap-counts.js';
import { createVerifications } from './adapters/postgres/verifications.js';
import { activateKeyPair } from './app/activate-key-pair.js';
import { answerOperator } from './app/answer-operator.js';
import { createAttempt } from './app/attempt-each.js';
import { beginVerification } from './app/begin-verification.js';
import { createChangeCredential } from './app/change-credential.js';
import { createChangeKeyPair } from './app/change-key-pair.js';
import { completeVerification } from './app/complete-verification.js';
import { createWrapCounter } from './app/count-wraps.js';
import { createCredentialCipher } from './app/credential-cipher.js';
import { credentialHistory } from './app/credential-history.js';
import { deleteCredential } from './app/delete-credential.js';
import { destroyDueSecrets } from './app/destroy-due-secrets.js';
import { destroyExpiredKeyPairs } from './app/destroy-expired-key-pairs.js';
import { freezeVault, thawVault } from './app/freeze-vault.js';
import { createInstanceRate, defaultCredentialRate, defaultInstanceRate, type Rate } from './app/instance-rate.js';
import { createFingerprints } from './app/fingerprints.js';
import { generateKeyPair } from './app/generate-key-pair.js';
import { guardKeys } from './app/guard-keys.js';
import { importCredentials } from './app/import-credentials.js';
import { listCredentials } from './app/list-credentials.js';
import { noticeExpiries } from './app/notice-expiries.js';
import { openKeyring } from './app/open-keyring.js';
import { createReverification, type Reverification, type ReverificationOptions } from './app/reverify-credentials.js';
import { listKeys } from './app/list-keys.js';
import { noteDamagedRow } from './app/note-damaged-row.js';
import { replaceableKeys } from './app/replaceable-keys.js';
import { retireKey } from './app/retire-key.js';
import { rotateKeys } from './app/rotate-keys.js';
import { saveCredential } from './app/save-credential.js';
import { createSealingKeyDesk } from './app/sealing-key.js';
import { signStrings } from './app/sign-strings.js';
import type { VaultUseCases } from './app/use-cases.js';
import type { VerificationQueue } from './app/verification-ports.js';
import type { KeyProvider } from './domain/encryption/key-provider.js';
import type { LegacyCipher } from './domain/legacy/legacy-cipher.js';
import { countedVerifications } from './telemetry/counted-verifications.js';
import { tracedSigning } from './telemetry/traced-signing.js';

export type VaultOptions = {
  readonly pool: Pool;
  readonly keys: KeyProvider;
  /** The key of an older service, for the time of an import. */
  readonly legacy?: LegacyCipher | undefined;
  readonly messageKey: MessageKey;
  readonly log: {
    readonly error: (facts: object, message: string) => void;
    readonly warn: (facts: object, message: string) => void;
  };
  /** Called after each commit that appended events. */
  readonly onAppended?: () => void;
  readonly clock?: Clock;
  /** Of each credential and purpose, shared by all instances. */
  readonly credentialRate?: Rate;
  /** Of this instance alone, over all credentials. */
  readonly instanceRate?: Rate;
};

export type Vault = Omit<VaultUseCases, 'health' | 'replayEvents'> & {
  /**
   * Everything that must be true before anything is signed: the master keys open what is stored, there is a sealing key, and deletions that
   * are on record (in a database that was restored, too) were carried out. One that cannot be keeps nothing from starting: it is logged, and
   * tried every second.
   *
   * @throws `vault.encryption_key_missing`, `vault.encryption_key_wrong`, `vault.encryption_key_retired`, `vault.fingerprint_key_damaged`
   */
  readonly open: () => Promise<void>;
  /**
   * Takes other master keys in place of those it has, if they are as good for what is stored; otherwise it keeps those.
   *
   * @throws as `open`, and `vault.encryption_key_needed`
   */
  readonly replaceKeys: (next: KeyProvider) => Promise<void>;
  readonly destroyDueSecrets: () => Promise<void>;
  readonly noticeExpiries: () => Promise<void>;
  readonly verificationQueue: VerificationQueue;
  /** Daily verification, for whoever drives its rounds. */
  readonly reverification: (options: ReverificationOptions) => Reverification;
  /** Makes the sealing key of the week, and destroys those whose overlap is over. */
  readonly turnSealingKeys: () => Promise<void>;
  /** For the relay: what follows from events that a restored database got back. */
  readonly onImported: NonNullable<RelayOptions['onImported']>;
  /** The handler of the executor's halts and limits, in the consumer's transaction. */
  readonly keepTradingRules: typeof keepTradingRules;
  /** For that consumer: a rule that could not be kept is on the record. */
  readonly onParked: OnParked;
};

/** Joins the use cases to Postgres. */
export const createVault = (options: VaultOptions): Vault => {
  const { pool, legacy, messageKey, log, onAppended = () => undefined, clock = systemClock } = options;
  const { credentialRate = defaultCredentialRate, instanceRate = defaultInstanceRate } = options;
  const random = (bytes: number): Buffer => randomBytes(bytes); // memory of its own, not of Node's pool
  const store = createEventStore({ service: 'key-vault', clock });
  const tables = { pool, store, onAppended };
  const credentials = createCredentials(tables);
  const verifications = createVerifications(pool);
  const change = createChangeCredential(credentials);
  const queue = createVerificationQueue(pool);
  const [sentinels, masterKeys, rows, counts] = [
    createSentinels(pool),
    createMasterKeys(tables),
    createEncryptedRows(pool),
    createWrapCounts(pool),
  ];
  const [held, wraps] = [replaceableKeys(options.keys), createWrapCounter({ counts, log })];
  const guarded = (of: KeyProvider) => guardKeys({ keys: of, wraps, isKnown: masterKeys.isKnown });
  const keys = guarded(held.keys);
  const fingerprints = createFingerprints({ keys, stored: createFingerprintKeys(pool), random });
  const cipher = createCredentialCipher(keys, random, fingerprints);
  const sealingKeys = createSealingKeys(tables);
  const sealing = createSealingKeyDesk({ sealingKeys, keys, messageKey, random, clock });
  const turnSealingKeys = () => sealing.turn({ actor: 'service:key-vault', correlationId: newId() });
  const keyPairs = createKeyPairs(tables);
  const changeKeyPair = createChangeKeyPair(keyPairs);
  const attempting = (what: string) => createAttempt(what, { credentials, log, clock });
  const destroying = attempting('destroying deleted secrets');
  const destroySecrets = destroyDueSecrets({ credentials, verifications, change, attempt: destroying, clock });
  const destroyPairs = destroyExpiredKeyPairs({ keyPairs, changeKeyPair, clock });
  const destroyDue = async (): Promise<void> => {
    await destroySecrets();
    await destroyPairs();
  };
  const freeze = createFreezeSwitch(tables);
  const signing = {
    credentials: { ...credentials, read: groupedReads(credentials.read) },
    cipher,
    record: createSigningRecord({ ...tables, rate: credentialRate }),
    rate: createInstanceRate(instanceRate, clock),
    change,
    log,
    clock,
  };
  const onDamaged = noteDamagedRow({ credentials, change, keyPairs, changeKeyPair, log, clock });
  return {
    open: async () => {
      await openKeyring({ keys, sentinels, random })();
      await fingerprints.open();
      await turnSealingKeys();
      await credentials.catchUp();
      await destroyDue();
    },
    replaceKeys: async (next) => {
      await openKeyring({ keys: guarded(next), sentinels, random })();
      await held.replace(next);
    },
    destroyDueSecrets: destroyDue,
    noticeExpiries: noticeExpiries({ queue, change, attempt: attempting('noticing keys that end soon'), clock }),
    verificationQueue: queue,
    reverification: (driven) => {
      const attempt = attempting('verifying keys that are due');
      return createReverification({ ...driven, queue, change, attempt, freeze, clock });
    },
    turnSealingKeys,
    listKeys: listKeys({ keys, rows, masterKeys, wraps: counts, sealingKeys, clock }),
    rotateKeys: rotateKeys({ keys, rows, masterKeys, onDamaged, clock }),
    answerOperator: answerOperator({ messageKey, clock }),
    retireKey: retireKey({ keys, rows, masterKeys, clock }),
    onImported: projectImported(store),
    keepTradingRules,
    onParked: recordParkedRule(store),
    deadLetters: () => readDeadLetters(pool),
    saveCredential: saveCredential({ change, cipher, sealing, clock }),
    generateKeyPair: generateKeyPair({ changeKeyPair, keys, messageKey, random, clock }),
    activateKeyPair: activateKeyPair({ change, credentials, keyPairs, cipher, keys, clock }),
    deleteCredential: deleteCredential({ change, changeKeyPair, clock }),
    beginVerification: beginVerification({ change, clock }),
    completeVerification: countedVerifications(completeVerification({ change, verifications, clock })),
    listCredentials: listCredentials({ credentials, clock }),
    credentialHistory: credentialHistory(createCredentialHistory(pool)),
    importCredentials: importCredentials({ change, credentials, cipher, fingerprints, legacy }),
    sealingKey: () => sealing.current(),
    signStrings: tracedSigning(signStrings(signing)),
    freezeVault: freezeVault(freeze),
    thawVault: thawVault(freeze),
    freezeState: freeze.state,
  };
};
