import { operatorAnswerMessage, type CommandContext } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { signMessage, type MessageKey } from '@latchkey/sealing';

export type SignedAnswer<Answer> = { readonly answer: Answer; readonly signed: string };

/** What the operator was told, with the vault's signature over it and over the run of the command that it answers. */
export type AnswerOperator = <Answer extends object>(
  context: Pick<CommandContext, 'correlationId'>,
  answer: Answer,
) => Promise<SignedAnswer<Answer>>;

type Deps = { readonly messageKey: MessageKey; readonly clock: Clock };

/** The broker could make up any plain answer; whoever believes a made-up "done" destroys a key that secrets still need. */
export const answerOperator =
  ({ messageKey, clock }: Deps): AnswerOperator =>
  async ({ correlationId }, answer) => ({
    answer,
    signed: await signMessage({ key: messageKey, ...operatorAnswerMessage, payload: { correlationId, answer }, clock }),
  });
