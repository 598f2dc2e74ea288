import type {
  EncryptionKeys,
  RetiredKey,
  RotationProgress,
  RpcReply,
  RpcRequest,
  RpcSubject,
  SignBatch,
  SignedBatch,
} from '@latchkey/contracts';
import type { AnswerOperator } from './answer-operator.js';

type Answering<Subject extends RpcSubject> = (request: RpcRequest<Subject>) => Promise<RpcReply<Subject>>;

/** Everything that others may ask of the vault. */
export type VaultUseCases = {
  readonly saveCredential: Answering<'cmd.key-vault.save-credential'>;
  readonly generateKeyPair: Answering<'cmd.key-vault.generate-key-pair'>;
  readonly activateKeyPair: Answering<'cmd.key-vault.activate-key-pair'>;
  readonly deleteCredential: Answering<'cmd.key-vault.delete-credential'>;
  readonly beginVerification: Answering<'cmd.key-vault.begin-verification'>;
  readonly completeVerification: Answering<'cmd.key-vault.complete-verification'>;
  readonly importCredentials: Answering<'cmd.key-vault.import-credentials'>;
  readonly listCredentials: Answering<'qry.key-vault.credentials'>;
  readonly credentialHistory: Answering<'qry.key-vault.history'>;
  readonly sealingKey: () => Promise<RpcReply<'qry.key-vault.sealing-key'>>;
  readonly freezeVault: Answering<'cmd.key-vault.freeze'>;
  readonly thawVault: Answering<'cmd.key-vault.thaw'>;
  readonly freezeState: () => Promise<RpcReply<'qry.key-vault.freeze'>>;
  /** @param requestId of the request in its session: it is recorded, and signed for, once */
  readonly signStrings: (batch: SignBatch, caller: string, requestId: string) => Promise<SignedBatch>;
  readonly listKeys: () => Promise<EncryptionKeys>;
  readonly rotateKeys: (request: RpcRequest<'cmd.key-vault.rotate-keys'>) => Promise<RotationProgress>;
  readonly retireKey: (request: RpcRequest<'cmd.key-vault.retire-key'>) => Promise<RetiredKey>;
  /** Puts the vault's signature on what an operator acts on. */
  readonly answerOperator: AnswerOperator;
  readonly deadLetters: () => Promise<RpcReply<'qry.key-vault.dead-letters'>>;
  readonly health: () => Promise<RpcReply<'qry.key-vault.health'>>;
  readonly replayEvents: Answering<'cmd.key-vault.replay'>;
};
