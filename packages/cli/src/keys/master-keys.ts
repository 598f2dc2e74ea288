import {
  operatorAnswerMessage,
  type EncryptionKeys,
  type RetiredKey,
  type RotationProgress,
  type RpcReply,
  type RpcRequestInput,
} from '@latchkey/contracts';
import { canonicalJson } from '@latchkey/kernel';
import { SealingError, verifyMessage, type TrustedKeys } from '@latchkey/sealing';
import { CliError } from '../errors.js';
import { asOperator, type OperatorClient } from '../operator/operator-client.js';

/** What the vault's operator may ask of it; every answer was checked to be the vault's own. */
export type MasterKeys = {
  readonly list: () => Promise<EncryptionKeys>;
  readonly rotate: (request: Omit<RpcRequestInput<'cmd.key-vault.rotate-keys'>, 'context'>) => Promise<RotationProgress>;
  readonly retire: (keyId: string) => Promise<RetiredKey>;
};

const maxAgeMs = 60_000;

type Subject = 'qry.key-vault.keys' | 'cmd.key-vault.rotate-keys' | 'cmd.key-vault.retire-key';

/**
 * The answer, if the vault's message key stands behind it, in answer to this very run of the command.
 *
 * @throws {CliError} `cli.answer_not_believed`
 */
export const believed = async <S extends Subject>(
  { answer, signed }: RpcReply<S>,
  correlationId: string,
  trusted: TrustedKeys,
): Promise<RpcReply<S>['answer']> => {
  try {
    const { body } = await verifyMessage(signed, { trusted, ...operatorAnswerMessage, issuers: ['key-vault'], maxAgeMs });
    if (canonicalJson(body) === canonicalJson({ correlationId, answer })) return answer;
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
  }
  throw new CliError(
    'cli.answer_not_believed',
    "what came back is not signed by the key vault, or answers something else: do nothing that follows from it, look into the broker, and check that this machine's trusted keys are those of the running services",
  );
};

/** Does some work with the master keys, as the operator. */
export const masterKeys = <T>(work: (vault: MasterKeys) => Promise<T>): Promise<T> =>
  asOperator(({ rpc, context, trustedKeys }: OperatorClient) => {
    const check = <S extends Subject>(reply: RpcReply<S>) => believed<S>(reply, context.correlationId, trustedKeys);
    return work({
      list: async () => check<'qry.key-vault.keys'>(await rpc.call('qry.key-vault.keys', { context })),
      rotate: async (request) =>
        check<'cmd.key-vault.rotate-keys'>(await rpc.call('cmd.key-vault.rotate-keys', { ...request, context })),
      retire: async (keyId) => check<'cmd.key-vault.retire-key'>(await rpc.call('cmd.key-vault.retire-key', { keyId, context })),
    });
  });
